/* SPDX-License-Identifier: MIT */
/* Wrong: shutdown keeps the lock while it joins, and the thread it joins may
 * need that lock to start another; all is well as long as everybody has
 * started everything before shutdown. */
#include "registry.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct entry {
    pthread_t thread;
    struct entry *next;
};

struct registry {
    pthread_mutex_t lock;   /* guards every field below */
    struct entry *unjoined; /* the threads still to be joined */
    bool closed;            /* goes true once: no thread may start */
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
    e->next = r->unjoined;
    r->unjoined = e;
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
    while (r->unjoined != NULL) {
        struct entry *e = r->unjoined;

        r->unjoined = e->next;
        pthread_join(e->thread, NULL);
        free(e);
    }
    r->closed = true;
    pthread_mutex_unlock(&r->lock);
}

void registry_destroy(struct registry *r)
{
    pthread_mutex_destroy(&r->lock);
    free(r);
}
