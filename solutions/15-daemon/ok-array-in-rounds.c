/* SPDX-License-Identifier: MIT */
/* Right: shutdown takes the whole array of threads, joins all of them without
 * the lock, and looks again, until it finds none; daemons are created detached
 * by attribute. */
#include "registry.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct registry {
    pthread_mutex_t lock; /* guards every field below */
    pthread_t *threads;   /* the threads still to be joined */
    size_t count;
    size_t capacity;
    bool closed; /* goes true once: no thread may start */
};

struct registry *registry_create(void)
{
    struct registry *r = calloc(1, sizeof *r);

    if (r == NULL) {
        return NULL;
    }
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

static int start_daemon(void *(*fn)(void *), void *arg)
{
    pthread_attr_t attr;
    pthread_t thread;
    int rc = pthread_attr_init(&attr);

    if (rc != 0) {
        return rc;
    }
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    rc = pthread_create(&thread, &attr, fn, arg);
    pthread_attr_destroy(&attr);
    return rc;
}

static int start_joinable_locked(struct registry *r, void *(*fn)(void *),
                                 void *arg)
{
    int rc;

    if (r->count == r->capacity) { /* make room first: it may fail */
        size_t capacity = 2 * r->capacity + 4;
        pthread_t *more = realloc(r->threads, capacity * sizeof *more);

        if (more == NULL) {
            return ENOMEM;
        }
        r->threads = more;
        r->capacity = capacity;
    }
    rc = pthread_create(&r->threads[r->count], NULL, fn, arg);
    if (rc == 0) {
        r->count++;
    }
    return rc;
}

int registry_spawn(struct registry *r, void *(*fn)(void *), void *arg,
                   bool daemon)
{
    int rc;

    pthread_mutex_lock(&r->lock);
    if (r->closed) {
        rc = ESHUTDOWN;
    } else if (daemon) {
        rc = start_daemon(fn, arg);
    } else {
        rc = start_joinable_locked(r, fn, arg);
    }
    pthread_mutex_unlock(&r->lock);
    return rc;
}

void registry_shutdown(struct registry *r)
{
    pthread_mutex_lock(&r->lock);
    while (r->count > 0) {
        pthread_t *threads = r->threads;
        size_t count = r->count;

        r->threads = NULL;
        r->count = 0;
        r->capacity = 0;
        pthread_mutex_unlock(&r->lock);
        for (size_t i = 0; i < count; i++) {
            pthread_join(threads[i], NULL);
        }
        free(threads);
        pthread_mutex_lock(&r->lock);
    }
    r->closed = true;
    pthread_mutex_unlock(&r->lock);
}

void registry_destroy(struct registry *r)
{
    pthread_mutex_destroy(&r->lock);
    free(r->threads); /* room made for a thread that could not start */
    free(r);
}
