/* SPDX-License-Identifier: MIT */
/* Right: every thread that ends joins the one that ended before it, and
 * shutdown joins the last; so each thread is joined exactly once, and the last
 * join stands for all. */
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
    int alive;                 /* threads that are not done yet */
    bool any_done;             /* last says which thread ... */
    pthread_t last;            /* ... was done last, and is not joined */
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

static void *run(void *p)
{
    struct job job = *(struct job *)p;
    struct registry *r = job.registry;
    bool any_done;
    pthread_t before;

    free(p);
    job.fn(job.arg);

    pthread_mutex_lock(&r->lock);
    any_done = r->any_done;
    before = r->last;
    r->any_done = true;
    r->last = pthread_self();
    r->alive--;
    if (r->alive == 0) {
        pthread_cond_signal(&r->none_alive);
    }
    pthread_mutex_unlock(&r->lock);

    if (any_done) {
        pthread_join(before, NULL);
    }
    return NULL;
}

static int start_daemon(void *(*fn)(void *), void *arg)
{
    pthread_t thread;
    int rc = pthread_create(&thread, NULL, fn, arg);

    if (rc == 0) {
        pthread_detach(thread);
    }
    return rc;
}

static int start_joinable_locked(struct registry *r, void *(*fn)(void *),
                                 void *arg)
{
    struct job *job = malloc(sizeof *job);
    pthread_t thread;
    int rc;

    if (job == NULL) {
        return ENOMEM;
    }
    job->registry = r;
    job->fn = fn;
    job->arg = arg;
    rc = pthread_create(&thread, NULL, run, job);
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
    while (r->alive > 0) {
        pthread_cond_wait(&r->none_alive, &r->lock);
    }
    r->closed = true;
    pthread_mutex_unlock(&r->lock);
    if (r->any_done) { /* nobody is left to change it */
        pthread_join(r->last, NULL);
    }
}

void registry_destroy(struct registry *r)
{
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->none_alive);
    free(r);
}
