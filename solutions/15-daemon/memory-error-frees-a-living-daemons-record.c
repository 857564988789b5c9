/* SPDX-License-Identifier: MIT */
/* Wrong: the registry frees the records of its daemons when it is destroyed,
 * and a daemon that starts late still reads its own; freed memory keeps most
 * of its content for a while. */
#include "registry.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* One thread: what it is to do, and how to join it. */
struct thread {
    struct thread *next;
    pthread_t id;
    bool daemon;
    void *(*fn)(void *);
    void *arg;
};

struct registry {
    pthread_mutex_t lock;    /* guards every field below */
    struct thread *unjoined; /* the threads still to be joined */
    struct thread *daemons;  /* freed with the registry */
    bool closed;             /* goes true once: no thread may start */
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

static void *run(void *p)
{
    struct thread *t = p;

    return t->fn(t->arg);
}

static int start_locked(struct registry *r, void *(*fn)(void *), void *arg,
                        bool daemon)
{
    struct thread **list = daemon ? &r->daemons : &r->unjoined;
    struct thread *t = malloc(sizeof *t);
    int rc;

    if (t == NULL) {
        return ENOMEM;
    }
    t->fn = fn;
    t->arg = arg;
    t->daemon = daemon;
    rc = pthread_create(&t->id, NULL, run, t);
    if (rc != 0) {
        free(t);
        return rc;
    }
    if (daemon) {
        pthread_detach(t->id);
    }
    t->next = *list;
    *list = t;
    return 0;
}

int registry_spawn(struct registry *r, void *(*fn)(void *), void *arg,
                   bool daemon)
{
    int rc;

    pthread_mutex_lock(&r->lock);
    if (r->closed) {
        rc = ESHUTDOWN;
    } else {
        rc = start_locked(r, fn, arg, daemon);
    }
    pthread_mutex_unlock(&r->lock);
    return rc;
}

void registry_shutdown(struct registry *r)
{
    pthread_mutex_lock(&r->lock);
    while (r->unjoined != NULL) {
        struct thread *t = r->unjoined;

        r->unjoined = t->next;
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
    while (r->daemons != NULL) {
        struct thread *t = r->daemons;

        r->daemons = t->next;
        free(t);
    }
    pthread_mutex_destroy(&r->lock);
    free(r);
}
