/* SPDX-License-Identifier: MIT */
/* Wrong: who has measured signals it instead of broadcasting it. Of two who
 * have come in the meantime one is woken, and the other sleeps on. */
#include "visits.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct page {
    int number;
    long count;
    char *title; /* NULL: none */
    struct page *next;
};

struct visits {
    long (*measure)(void *arg); /* constant, like arg */
    void *arg;

    pthread_mutex_t lock;      /* guards every field below */
    pthread_cond_t base_known; /* signal: measured */
    bool measuring;            /* somebody has begun; stays true */
    bool measured;
    long base;
    struct page *pages; /* no two have the same number */
    long total;
    int *log;
    size_t length; /* of the log */
    size_t room;   /* length <= room */
};

struct visits *visits_create(long (*measure)(void *arg), void *arg)
{
    struct visits *v = calloc(1, sizeof(*v));

    if (v != NULL) {
        v->measure = measure;
        v->arg = arg;
        pthread_mutex_init(&v->lock, NULL);
        pthread_cond_init(&v->base_known, NULL);
    }
    return v;
}

static struct page *find_locked(const struct visits *v, int number)
{
    struct page *page = v->pages;

    while (page != NULL && page->number != number) {
        page = page->next;
    }
    return page;
}

/* Returns the page, which is made known if it is not; or NULL. */
static struct page *need_locked(struct visits *v, int number)
{
    struct page *page = find_locked(v, number);

    if (page == NULL) {
        page = calloc(1, sizeof(*page));
        if (page != NULL) {
            page->number = number;
            page->next = v->pages;
            v->pages = page;
        }
    }
    return page;
}

/* See to it that there is room for one more in the log. */
static bool make_room_locked(struct visits *v)
{
    size_t room = v->room > 0 ? 2 * v->room : 4;
    int *log = v->log;

    if (v->length == v->room) {
        log = realloc(v->log, room * sizeof(*log));
        if (log == NULL) {
            return false;
        }
        v->log = log;
        v->room = room;
    }
    return true;
}

int visits_hit(struct visits *v, int number)
{
    struct page *page = NULL;
    int rc = ENOMEM;

    pthread_mutex_lock(&v->lock);
    if (make_room_locked(v)) {
        page = need_locked(v, number);
    }
    if (page != NULL) {
        page->count++;
        v->total++;
        v->log[v->length++] = number;
        rc = 0;
    }
    pthread_mutex_unlock(&v->lock);
    return rc;
}

long visits_count(struct visits *v, int number)
{
    const struct page *page = NULL;
    long count = 0;

    pthread_mutex_lock(&v->lock);
    page = find_locked(v, number);
    if (page != NULL) {
        count = page->count;
    }
    pthread_mutex_unlock(&v->lock);
    return count;
}

long visits_take(struct visits *v)
{
    long total = 0;

    pthread_mutex_lock(&v->lock);
    total = v->total;
    v->total = 0;
    pthread_mutex_unlock(&v->lock);
    return total;
}

int visits_set_title(struct visits *v, int number, const char *title)
{
    char *copy = strdup(title);
    char *old = NULL;
    struct page *page = NULL;

    if (copy == NULL) {
        return ENOMEM;
    }
    pthread_mutex_lock(&v->lock);
    page = need_locked(v, number);
    if (page != NULL) {
        old = page->title;
        page->title = copy;
    }
    pthread_mutex_unlock(&v->lock);
    free(page != NULL ? old : copy);
    return page != NULL ? 0 : ENOMEM;
}

char *visits_title(struct visits *v, int number)
{
    const struct page *page = NULL;
    char *copy = NULL;

    pthread_mutex_lock(&v->lock);
    page = find_locked(v, number);
    if (page != NULL && page->title != NULL) {
        copy = strdup(page->title); /* later it may be gone */
    }
    pthread_mutex_unlock(&v->lock);
    return copy;
}

int visits_each(struct visits *v, void (*call)(int page, void *arg), void *arg)
{
    int *copy = NULL;
    size_t length = 0;

    pthread_mutex_lock(&v->lock);
    length = v->length;
    copy = malloc((length > 0 ? length : 1) * sizeof(*copy));
    if (copy != NULL && length > 0) {
        memcpy(copy, v->log, length * sizeof(*copy));
    }
    pthread_mutex_unlock(&v->lock);
    if (copy == NULL) {
        return ENOMEM;
    }
    for (size_t i = 0; i < length; i++) {
        call(copy[i], arg);
    }
    free(copy);
    return 0;
}

long visits_base(struct visits *v)
{
    long base = 0;

    pthread_mutex_lock(&v->lock);
    if (!v->measuring) {
        v->measuring = true;
        pthread_mutex_unlock(&v->lock);
        base = v->measure(v->arg);
        pthread_mutex_lock(&v->lock);
        v->base = base;
        v->measured = true;
        pthread_cond_signal(&v->base_known);
    }
    while (!v->measured) {
        pthread_cond_wait(&v->base_known, &v->lock);
    }
    base = v->base;
    pthread_mutex_unlock(&v->lock);
    return base;
}

void visits_destroy(struct visits *v)
{
    while (v->pages != NULL) {
        struct page *page = v->pages;

        v->pages = page->next;
        free(page->title);
        free(page);
    }
    pthread_mutex_destroy(&v->lock);
    pthread_cond_destroy(&v->base_known);
    free(v->log);
    free(v);
}
