/* SPDX-License-Identifier: MIT */
/* Wrong: daemons go into the same list as all others and shutdown joins the
 * whole list, waiting for threads that never end; where every daemon happens
 * to end soon, nobody notices. */
#include "registry.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct entry {
    pthread_t thread;
    bool daemon;
    struct entry *next;
};

struct registry {
    pthread_mutex_t lock; /* guards every field below */
    struct entry *all;    /* the threads not joined yet */
    bool closed;          /* goes true once: no thread may start */
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

static int start_locked(struct registry *r, void *(*fn)(void *), void *arg,
                        bool daemon)
{
    struct entry *e = malloc(sizeof *e);
    int rc;

    if (e == NULL) {
        return ENOMEM;
    }
    rc = pthread_create(&e->thread, NULL, fn, arg);
    if (rc != 0) {
        free(e);
        return rc;
    }
    e->daemon = daemon;
    e->next = r->all;
    r->all = e;
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
    while (r->all != NULL) {
        struct entry *e = r->all;

        r->all = e->next;
        pthread_mutex_unlock(&r->lock);
        pthread_join(e->thread, NULL);
        free(e);
        pthread_mutex_lock(&r->lock);
    }
    r->closed = true;
    pthread_mutex_unlock(&r->lock);
}

void registry_destroy(struct registry *r)
{
    pthread_mutex_destroy(&r->lock);
    free(r);
}
