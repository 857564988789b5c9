/* SPDX-License-Identifier: MIT */
/* Wrong: keeps the lock while it computes. Each key is computed once indeed,
 * and without any list; but a computation that asks the cache for another key
 * waits for itself. */
#include "cache.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct entry {
    int key;
    long value;
};

struct cache {
    size_t capacity; /* constant after create, as are the next two */
    cache_compute *compute;
    void *arg;

    pthread_mutex_t lock; /* guards every field below */
    struct entry *ring;   /* capacity places */
    size_t oldest;        /* the place of the value that was kept first */
    size_t count;         /* 0 <= count <= capacity */
};

struct cache *cache_create(size_t capacity, cache_compute *compute, void *arg)
{
    struct cache *c = NULL;

    if (capacity == 0) {
        return NULL;
    }
    c = calloc(1, sizeof(*c)); /* empty: all zero */
    if (c == NULL) {
        return NULL;
    }
    c->ring = calloc(capacity, sizeof(*c->ring));
    if (c->ring == NULL) {
        free(c);
        return NULL;
    }
    c->capacity = capacity;
    c->compute = compute;
    c->arg = arg;
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

static bool find_locked(struct cache *c, int key, long *out_value)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct entry *entry = &c->ring[(c->oldest + i) % c->capacity];

        if (entry->key == key) {
            *out_value = entry->value;
            return true;
        }
    }
    return false;
}

static void keep_locked(struct cache *c, int key, long value)
{
    if (c->count == c->capacity) {
        c->oldest = (c->oldest + 1) % c->capacity;
        c->count--;
    }
    c->ring[(c->oldest + c->count) % c->capacity] = (struct entry){key, value};
    c->count++;
}

int cache_get_or_compute(struct cache *c, int key, long *out_value)
{
    long value = 0;
    bool found = false;
    int rc = 0;

    pthread_mutex_lock(&c->lock);
    found = find_locked(c, key, &value);
    if (!found) {
        rc = c->compute(c->arg, key, &value);
        if (rc == 0) {
            keep_locked(c, key, value);
        }
    }
    pthread_mutex_unlock(&c->lock);
    if (rc == 0) {
        *out_value = value;
    }
    return rc;
}

int cache_peek(struct cache *c, int key, long *out_value)
{
    bool found = false;

    pthread_mutex_lock(&c->lock);
    found = find_locked(c, key, out_value);
    pthread_mutex_unlock(&c->lock);
    return found ? 0 : ENOENT;
}

size_t cache_count(struct cache *c)
{
    size_t count = 0;

    pthread_mutex_lock(&c->lock);
    count = c->count;
    pthread_mutex_unlock(&c->lock);
    return count;
}

void cache_destroy(struct cache *c)
{
    pthread_mutex_destroy(&c->lock);
    free(c->ring);
    free(c);
}
