/* SPDX-License-Identifier: MIT */
/* Wrong: room is made before there is anything to keep. If the computation
 * fails, the oldest value is gone for nothing. Shows only with a cache that is
 * full and a computation that fails. */
#include "cache.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct entry {
    int key;
    long value;
};

struct job {
    int key;
    struct job *next;
};

struct cache {
    size_t capacity;        /* constant after create, as are the next two */
    cache_compute *compute; /* never called with the lock held */
    void *arg;

    pthread_mutex_t lock;    /* guards every field below */
    pthread_cond_t job_done; /* broadcast: a job has left the list */
    struct job *jobs;        /* the keys that are being computed, each once */
    struct entry *ring;      /* capacity places */
    size_t oldest;           /* the place of the value that was kept first */
    size_t count;            /* 0 <= count <= capacity */
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
    pthread_cond_init(&c->job_done, NULL);
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

static void make_room_locked(struct cache *c)
{
    if (c->count == c->capacity) {
        c->oldest = (c->oldest + 1) % c->capacity;
        c->count--;
    }
}

static void keep_locked(struct cache *c, int key, long value)
{
    make_room_locked(c); /* another may have filled what we freed */
    c->ring[(c->oldest + c->count) % c->capacity] = (struct entry){key, value};
    c->count++;
}

static bool in_progress_locked(struct cache *c, int key)
{
    for (const struct job *job = c->jobs; job != NULL; job = job->next) {
        if (job->key == key) {
            return true;
        }
    }
    return false;
}

static void remove_locked(struct cache *c, const struct job *job)
{
    struct job **link = &c->jobs;

    while (*link != job) {
        link = &(*link)->next;
    }
    *link = job->next;
}

int cache_get_or_compute(struct cache *c, int key, long *out_value)
{
    struct job job = {.key = key};
    long value = 0;
    bool found = false;
    int rc = 0;

    pthread_mutex_lock(&c->lock);
    found = find_locked(c, key, &value);
    while (!found && in_progress_locked(c, key)) {
        pthread_cond_wait(&c->job_done, &c->lock);
        /* Look again: it may have failed, or be gone already. */
        found = find_locked(c, key, &value);
    }
    if (!found) {
        make_room_locked(c);
        job.next = c->jobs;
        c->jobs = &job;
        pthread_mutex_unlock(&c->lock);

        rc = c->compute(c->arg, key, &value);

        pthread_mutex_lock(&c->lock);
        remove_locked(c, &job);
        if (rc == 0) {
            keep_locked(c, key, value);
        }
        /* Whatever came of it: all who wait for this key must look, and
         * others sleep there as well. */
        pthread_cond_broadcast(&c->job_done);
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
    pthread_cond_destroy(&c->job_done);
    pthread_mutex_destroy(&c->lock);
    free(c->ring);
    free(c);
}
