/* SPDX-License-Identifier: MIT */
/* Right: one list of entries, each either being computed or ready. The thread
 * that adds an entry has claimed the key; a failed one is unlinked again.
 * "Oldest" goes by a number drawn when the value is kept. */
#include "cache.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct entry {
    struct entry *next;
    int key;
    bool ready;
    long value;                /* if ready */
    unsigned long long number; /* if ready: the order they were kept in */
};

struct cache {
    size_t capacity;
    cache_compute *compute;
    void *arg;

    pthread_mutex_t lock; /* guards every field below, and the entries */
    pthread_cond_t changed;
    struct entry *entries;
    size_t ready; /* how many of them are ready: at most capacity */
    unsigned long long next_number;
};

struct cache *cache_create(size_t capacity, cache_compute *compute, void *arg)
{
    struct cache *c = capacity == 0 ? NULL : calloc(1, sizeof(*c));

    if (c != NULL) {
        c->capacity = capacity;
        c->compute = compute;
        c->arg = arg;
        pthread_mutex_init(&c->lock, NULL);
        pthread_cond_init(&c->changed, NULL);
    }
    return c;
}

static struct entry *find_locked(struct cache *c, int key)
{
    struct entry *e = c->entries;

    while (e != NULL && e->key != key) {
        e = e->next;
    }
    return e;
}

static void unlink_locked(struct cache *c, struct entry *e)
{
    struct entry **link = &c->entries;

    while (*link != e) {
        link = &(*link)->next;
    }
    *link = e->next;
    free(e);
}

static void drop_oldest_locked(struct cache *c)
{
    struct entry *oldest = NULL;

    for (struct entry *e = c->entries; e != NULL; e = e->next) {
        if (e->ready && (oldest == NULL || e->number < oldest->number)) {
            oldest = e;
        }
    }
    unlink_locked(c, oldest);
    c->ready--;
}

int cache_get_or_compute(struct cache *c, int key, long *out_value)
{
    struct entry *e = NULL;
    long value = 0;
    int rc = 0;

    pthread_mutex_lock(&c->lock);
    /* The pointer is not kept over a wait: it may be freed meanwhile. */
    while ((e = find_locked(c, key)) != NULL && !e->ready) {
        pthread_cond_wait(&c->changed, &c->lock);
    }
    if (e != NULL) {
        *out_value = e->value;
        pthread_mutex_unlock(&c->lock);
        return 0;
    }
    e = calloc(1, sizeof(*e));
    if (e == NULL) {
        pthread_mutex_unlock(&c->lock);
        return ENOMEM;
    }
    e->key = key;
    e->next = c->entries;
    c->entries = e;
    pthread_mutex_unlock(&c->lock);

    rc = c->compute(c->arg, key, &value);

    pthread_mutex_lock(&c->lock);
    if (rc != 0) {
        unlink_locked(c, e);
    } else {
        if (c->ready == c->capacity) {
            drop_oldest_locked(c);
        }
        e->ready = true;
        e->value = value;
        e->number = c->next_number++;
        c->ready++;
        *out_value = value;
    }
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    return rc;
}

int cache_peek(struct cache *c, int key, long *out_value)
{
    struct entry *e = NULL;
    int rc = ENOENT;

    pthread_mutex_lock(&c->lock);
    e = find_locked(c, key);
    if (e != NULL && e->ready) {
        *out_value = e->value;
        rc = 0;
    }
    pthread_mutex_unlock(&c->lock);
    return rc;
}

size_t cache_count(struct cache *c)
{
    size_t ready = 0;

    pthread_mutex_lock(&c->lock);
    ready = c->ready;
    pthread_mutex_unlock(&c->lock);
    return ready;
}

void cache_destroy(struct cache *c)
{
    while (c->entries != NULL) {
        unlink_locked(c, c->entries);
    }
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    free(c);
}
