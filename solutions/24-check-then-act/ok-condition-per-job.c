/* SPDX-License-Identifier: MIT */
/* Right: each job has a condition variable of its own, so nobody is woken for
 * another's key. Those who wait are counted, and the last to leave frees the
 * job. */
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
    bool done;           /* off the list: only those who waited know it */
    int users;           /* who computes, and who waits */
    pthread_cond_t over; /* broadcast: done */
    struct job *next;
};

struct cache {
    size_t capacity;        /* constant after create, as are the next two */
    cache_compute *compute; /* never called with the lock held */
    void *arg;

    pthread_mutex_t lock; /* guards every field below */
    struct job *jobs;     /* the keys that are being computed, each once */
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

static struct job *find_job_locked(struct cache *c, int key)
{
    struct job *job = c->jobs;

    while (job != NULL && job->key != key) {
        job = job->next;
    }
    return job;
}

static void leave_locked(struct job *job)
{
    if (--job->users == 0) {
        pthread_cond_destroy(&job->over);
        free(job);
    }
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
    struct job *job = NULL;
    long value = 0;
    bool found = false;
    int rc = 0;

    pthread_mutex_lock(&c->lock);
    found = find_locked(c, key, &value);
    while (!found && (job = find_job_locked(c, key)) != NULL) {
        job->users++;
        while (!job->done) {
            pthread_cond_wait(&job->over, &c->lock);
        }
        leave_locked(job);
        found = find_locked(c, key, &value);
    }
    if (!found) {
        job = malloc(sizeof(*job));
        if (job == NULL) {
            pthread_mutex_unlock(&c->lock);
            return ENOMEM;
        }
        *job = (struct job){.key = key, .users = 1, .next = c->jobs};
        pthread_cond_init(&job->over, NULL);
        c->jobs = job;
        pthread_mutex_unlock(&c->lock);

        rc = c->compute(c->arg, key, &value);

        pthread_mutex_lock(&c->lock);
        remove_locked(c, job);
        job->done = true;
        if (rc == 0) {
            keep_locked(c, key, value);
        }
        pthread_cond_broadcast(&job->over);
        leave_locked(job);
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
