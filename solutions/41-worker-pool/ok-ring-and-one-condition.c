/* SPDX-License-Identifier: MIT */
/* Right: the queue is a ring that doubles when it is full, and there is one
 * condition variable for everybody. Each change wakes all, and each looks for
 * himself; more wake-ups than needed, none too few. */
#include "pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct job {
    void (*run)(void *arg);
    void *arg;
};

struct pool {
    pthread_t *threads; /* used by create and destroy alone */
    size_t started;     /* how many of them there are; likewise */

    pthread_mutex_t lock;   /* guards every field below */
    pthread_cond_t changed; /* broadcast: anything below */
    struct job *ring;       /* room places */
    size_t room;
    size_t oldest;
    size_t queued;
    size_t running;
    bool closed; /* goes true once, never back */
};

/* Take the oldest job, sleeping until there is one. Returns false when there
 * will never be one again. */
static bool take_locked(struct pool *p, struct job *out)
{
    while (p->queued == 0 && !p->closed) {
        pthread_cond_wait(&p->changed, &p->lock);
    }
    if (p->queued == 0) {
        return false;
    }
    *out = p->ring[p->oldest];
    p->oldest = (p->oldest + 1) % p->room;
    p->queued--;
    return true;
}

/* Make room for one more. The jobs move to the front of the new ring. */
static bool grow_locked(struct pool *p)
{
    size_t room = p->room == 0 ? 4 : 2 * p->room;
    struct job *ring = NULL;

    if (p->queued < p->room) {
        return true;
    }
    ring = calloc(room, sizeof(*ring));
    if (ring == NULL) {
        return false;
    }
    for (size_t i = 0; i < p->queued; i++) {
        ring[i] = p->ring[(p->oldest + i) % p->room];
    }
    free(p->ring);
    p->ring = ring;
    p->room = room;
    p->oldest = 0;
    return true;
}

static void *worker_main(void *arg)
{
    struct pool *p = arg;
    struct job job;

    pthread_mutex_lock(&p->lock);
    while (take_locked(p, &job)) {
        p->running++;
        pthread_mutex_unlock(&p->lock);
        job.run(job.arg);
        pthread_mutex_lock(&p->lock);
        p->running--;
        pthread_cond_broadcast(&p->changed);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct pool *pool_create(size_t workers)
{
    struct pool *p = NULL;

    if (workers == 0) {
        return NULL;
    }
    p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return NULL;
    }
    p->threads = calloc(workers, sizeof(*p->threads));
    if (p->threads == NULL) {
        free(p);
        return NULL;
    }
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    /* All is set up before the first worker looks at it. */
    while (p->started < workers) {
        if (pthread_create(&p->threads[p->started], NULL, worker_main, p) !=
            0) {
            pool_destroy(p); /* ends and joins those that did start */
            return NULL;
        }
        p->started++;
    }
    return p;
}

int pool_submit(struct pool *p, void (*run)(void *arg), void *arg)
{
    int rc = 0;

    pthread_mutex_lock(&p->lock);
    if (p->closed) {
        rc = ESHUTDOWN;
    } else if (!grow_locked(p)) {
        rc = ENOMEM;
    } else {
        p->ring[(p->oldest + p->queued) % p->room] =
            (struct job){.run = run, .arg = arg};
        p->queued++;
        pthread_cond_broadcast(&p->changed);
    }
    pthread_mutex_unlock(&p->lock);
    return rc;
}

void pool_wait(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    while (p->queued + p->running > 0) {
        pthread_cond_wait(&p->changed, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
}

void pool_close(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->closed = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

void pool_destroy(struct pool *p)
{
    pool_close(p);
    /* Without the lock: the workers need it to end. */
    for (size_t i = 0; i < p->started; i++) {
        pthread_join(p->threads[i], NULL);
    }
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p->ring);
    free(p->threads);
    free(p);
}
