/* SPDX-License-Identifier: MIT */
/* Wrong: every thread is detached and counts itself out as its last deed, but
 * it is not: the destructors of its thread-specific data run after that; they
 * are quick, and shutdown takes a while to wake up. */
#include "registry.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* What a new thread is to do. */
struct job {
    struct registry *registry;
    void *(*fn)(void *);
    void *arg;
};

struct registry {
    pthread_mutex_t lock;      /* guards every field below */
    pthread_cond_t none_alive; /* signalled: alive fell to 0 */
    int alive;                 /* threads that are not daemons */
    bool closed;               /* goes true once: no thread may start */
};

struct registry *registry_create(void)
{
    struct registry *r = calloc(1, sizeof *r);

    if (r == NULL) {
        return NULL;
    }
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->none_alive, NULL);
    return r;
}

static int start_detached(void *(*fn)(void *), void *arg)
{
    pthread_t thread;
    int rc = pthread_create(&thread, NULL, fn, arg);

    if (rc == 0) {
        pthread_detach(thread);
    }
    return rc;
}

static void *run(void *p)
{
    struct job job = *(struct job *)p;
    struct registry *r = job.registry;

    free(p);
    job.fn(job.arg);
    pthread_mutex_lock(&r->lock);
    r->alive--;
    if (r->alive == 0) {
        pthread_cond_signal(&r->none_alive);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

static int start_counted_locked(struct registry *r, void *(*fn)(void *),
                                void *arg)
{
    struct job *job = malloc(sizeof *job);
    int rc;

    if (job == NULL) {
        return ENOMEM;
    }
    job->registry = r;
    job->fn = fn;
    job->arg = arg;
    rc = start_detached(run, job);
    if (rc != 0) {
        free(job);
        return rc;
    }
    r->alive++;
    return 0;
}

int registry_spawn(struct registry *r, void *(*fn)(void *), void *arg,
                   bool daemon)
{
    int rc;

    pthread_mutex_lock(&r->lock);
    if (r->closed) {
        rc = ESHUTDOWN;
    } else if (daemon) {
        rc = start_detached(fn, arg);
    } else {
        rc = start_counted_locked(r, fn, arg);
    }
    pthread_mutex_unlock(&r->lock);
    return rc;
}

void registry_shutdown(struct registry *r)
{
    pthread_mutex_lock(&r->lock);
    while (r->alive > 0) {
        pthread_cond_wait(&r->none_alive, &r->lock);
    }
    r->closed = true;
    pthread_mutex_unlock(&r->lock);
}

void registry_destroy(struct registry *r)
{
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->none_alive);
    free(r);
}
