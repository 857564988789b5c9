/* SPDX-License-Identifier: MIT */
/* Wrong: the thread is counted before it is started and stays counted when
 * pthread_create fails, so shutdown waits for a thread that never was;
 * starting a thread seldom fails, least of all in a test. */
#include "registry.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* One thread that is not a daemon. */
struct thread {
    struct registry *registry;
    void *(*fn)(void *);
    void *arg;
    pthread_t id;        /* guarded by the registry's lock */
    struct thread *next; /* in the list of ended ones */
};

struct registry {
    pthread_mutex_t lock;     /* guards every field below */
    pthread_cond_t one_ended; /* signalled: ended got one more */
    int alive;                /* threads that are not in ended yet */
    struct thread *ended;     /* threads that are to be joined */
    bool closed;              /* goes true once: no thread may start */
};

struct registry *registry_create(void)
{
    struct registry *r = calloc(1, sizeof *r);

    if (r == NULL) {
        return NULL;
    }
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->one_ended, NULL);
    return r;
}

static void *run(void *p)
{
    struct thread *t = p;
    struct registry *r = t->registry;

    t->fn(t->arg);
    pthread_mutex_lock(&r->lock);
    t->next = r->ended;
    r->ended = t;
    r->alive--;
    pthread_cond_signal(&r->one_ended);
    pthread_mutex_unlock(&r->lock);
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
    struct thread *t = malloc(sizeof *t);
    int rc;

    if (t == NULL) {
        return ENOMEM;
    }
    t->registry = r;
    t->fn = fn;
    t->arg = arg;
    r->alive++;
    rc = pthread_create(&t->id, NULL, run, t);
    if (rc != 0) {
        free(t);
        return rc;
    }
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
    while (r->alive > 0 || r->ended != NULL) {
        struct thread *t;

        while (r->ended == NULL) {
            pthread_cond_wait(&r->one_ended, &r->lock);
        }
        t = r->ended;
        r->ended = t->next;
        pthread_mutex_unlock(&r->lock);
        pthread_join(t->id, NULL);
        free(t);
        pthread_mutex_lock(&r->lock);
    }
    r->closed = true;
    pthread_mutex_unlock(&r->lock);
}

void registry_destroy(struct registry *r)
{
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->one_ended);
    free(r);
}
