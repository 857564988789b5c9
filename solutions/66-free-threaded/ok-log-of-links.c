/* SPDX-License-Identifier: MIT */
/* Right: the log is a list of links which are never changed once another one
 * hangs behind them, nor freed before the end. So a walk needs no copy, only
 * the first link and how many there were. The total is atomic, and taken by an
 * exchange. */
#include "visits.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct page {
    int number;
    long count;
    char *title; /* NULL: none */
    struct page *next;
};

struct link {
    int number;
    struct link *next; /* written once */
};

struct visits {
    long (*measure)(void *arg); /* constant, like arg */
    void *arg;

    pthread_mutex_t base_lock; /* guards both below; held while measuring */
    bool measured;
    long base;

    atomic_long total;

    pthread_mutex_t lock; /* guards every field below */
    struct page *pages;   /* no two have the same number */
    struct link *first;   /* the log, oldest first */
    struct link *last;
    size_t length;
};

struct visits *visits_create(long (*measure)(void *arg), void *arg)
{
    struct visits *v = calloc(1, sizeof(*v));

    if (v != NULL) {
        v->measure = measure;
        v->arg = arg;
        pthread_mutex_init(&v->base_lock, NULL);
        pthread_mutex_init(&v->lock, NULL);
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

int visits_hit(struct visits *v, int number)
{
    struct link *link = malloc(sizeof(*link));
    struct page *page = NULL;

    if (link == NULL) {
        return ENOMEM;
    }
    *link = (struct link){.number = number, .next = NULL};
    pthread_mutex_lock(&v->lock);
    page = need_locked(v, number);
    if (page != NULL) {
        page->count++;
        atomic_fetch_add(&v->total, 1);
        if (v->last != NULL) {
            v->last->next = link;
        } else {
            v->first = link;
        }
        v->last = link;
        v->length++;
    }
    pthread_mutex_unlock(&v->lock);
    if (page == NULL) {
        free(link);
        return ENOMEM;
    }
    return 0;
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
    return atomic_exchange(&v->total, 0);
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
    const struct link *link = NULL;
    size_t left = 0;

    pthread_mutex_lock(&v->lock);
    link = v->first;
    left = v->length;
    pthread_mutex_unlock(&v->lock);
    while (left > 0) {
        call(link->number, arg);
        left--;
        if (left > 0) { /* else `next` may be being written */
            link = link->next;
        }
    }
    return 0;
}

long visits_base(struct visits *v)
{
    long base = 0;

    pthread_mutex_lock(&v->base_lock);
    if (!v->measured) {
        v->base = v->measure(v->arg);
        v->measured = true;
    }
    base = v->base;
    pthread_mutex_unlock(&v->base_lock);
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
    pthread_mutex_destroy(&v->base_lock);
    while (v->first != NULL) {
        struct link *link = v->first;

        v->first = link->next;
        free(link);
    }
    free(v);
}
