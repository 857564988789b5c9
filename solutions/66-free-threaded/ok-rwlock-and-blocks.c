/* SPDX-License-Identifier: MIT */
/* Right: who only looks shares the lock with others who look. The log is a list
 * of blocks that never move, so a walk needs no copy. That the base is there is
 * an atomic flag, and who finds it set needs no lock. */
#include "visits.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 16, BLOCK = 4 };

struct page {
    int number;
    long count;
    char *title; /* NULL: none */
    struct page *next;
};

struct block {
    struct block *next;
    int pages[BLOCK];
};

struct visits {
    long (*measure)(void *arg); /* constant, like arg */
    void *arg;

    pthread_rwlock_t lock; /* guards what follows, up to last */
    struct page *buckets[BUCKETS];
    long total;
    size_t length;       /* of the log */
    struct block *first; /* an entry is constant once it is in the log */
    struct block *last;

    pthread_mutex_t measuring; /* held while measuring */
    atomic_bool measured;      /* base is there, and constant from then on */
    long base;
};

struct visits *visits_create(long (*measure)(void *arg), void *arg)
{
    struct visits *v = calloc(1, sizeof(*v));

    if (v != NULL) {
        v->measure = measure;
        v->arg = arg;
        atomic_init(&v->measured, false);
        pthread_rwlock_init(&v->lock, NULL);
        pthread_mutex_init(&v->measuring, NULL);
    }
    return v;
}

static struct page *find_locked(const struct visits *v, int number)
{
    struct page *page = v->buckets[(unsigned)number % BUCKETS];

    while (page != NULL && page->number != number) {
        page = page->next;
    }
    return page;
}

/* Returns the page, which is made known if it is not; or NULL. */
static struct page *need_locked(struct visits *v, int number)
{
    struct page **bucket = &v->buckets[(unsigned)number % BUCKETS];
    struct page *page = find_locked(v, number);

    if (page == NULL) {
        page = calloc(1, sizeof(*page));
        if (page != NULL) {
            page->number = number;
            page->next = *bucket;
            *bucket = page;
        }
    }
    return page;
}

/* Append to the log. Returns false if there is no memory. */
static bool log_locked(struct visits *v, int number)
{
    if (v->length % BLOCK == 0) {
        struct block *more = calloc(1, sizeof(*more));

        if (more == NULL) {
            return false;
        }
        *(v->last != NULL ? &v->last->next : &v->first) = more;
        v->last = more;
    }
    v->last->pages[v->length++ % BLOCK] = number;
    return true;
}

int visits_hit(struct visits *v, int number)
{
    struct page *page = NULL;
    int rc = ENOMEM;

    pthread_rwlock_wrlock(&v->lock);
    page = need_locked(v, number);
    if (page != NULL && log_locked(v, number)) {
        page->count++;
        v->total++;
        rc = 0;
    }
    pthread_rwlock_unlock(&v->lock);
    return rc;
}

long visits_count(struct visits *v, int number)
{
    const struct page *page = NULL;
    long count = 0;

    pthread_rwlock_rdlock(&v->lock);
    page = find_locked(v, number);
    if (page != NULL) {
        count = page->count;
    }
    pthread_rwlock_unlock(&v->lock);
    return count;
}

long visits_take(struct visits *v)
{
    long total = 0;

    pthread_rwlock_wrlock(&v->lock);
    total = v->total;
    v->total = 0;
    pthread_rwlock_unlock(&v->lock);
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
    pthread_rwlock_wrlock(&v->lock);
    page = need_locked(v, number);
    if (page != NULL) {
        old = page->title;
        page->title = copy;
    }
    pthread_rwlock_unlock(&v->lock);
    free(page != NULL ? old : copy);
    return page != NULL ? 0 : ENOMEM;
}

char *visits_title(struct visits *v, int number)
{
    const struct page *page = NULL;
    char *copy = NULL;

    pthread_rwlock_rdlock(&v->lock);
    page = find_locked(v, number);
    if (page != NULL && page->title != NULL) {
        copy = strdup(page->title); /* later it may be gone */
    }
    pthread_rwlock_unlock(&v->lock);
    return copy;
}

int visits_each(struct visits *v, void (*call)(int page, void *arg), void *arg)
{
    const struct block *block = NULL;
    size_t length = 0;

    pthread_rwlock_rdlock(&v->lock);
    block = v->first;
    length = v->length;
    pthread_rwlock_unlock(&v->lock);
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && i % BLOCK == 0) {
            block = block->next;
        }
        call(block->pages[i % BLOCK], arg);
    }
    return 0;
}

long visits_base(struct visits *v)
{
    if (!atomic_load(&v->measured)) {
        pthread_mutex_lock(&v->measuring);
        if (!atomic_load(&v->measured)) {
            v->base = v->measure(v->arg);
            atomic_store(&v->measured, true);
        }
        pthread_mutex_unlock(&v->measuring);
    }
    return v->base;
}

void visits_destroy(struct visits *v)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        while (v->buckets[i] != NULL) {
            struct page *page = v->buckets[i];

            v->buckets[i] = page->next;
            free(page->title);
            free(page);
        }
    }
    while (v->first != NULL) {
        struct block *block = v->first;

        v->first = block->next;
        free(block);
    }
    pthread_rwlock_destroy(&v->lock);
    pthread_mutex_destroy(&v->measuring);
    free(v);
}
