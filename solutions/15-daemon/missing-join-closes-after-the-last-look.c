/* SPDX-License-Identifier: MIT */
/* Wrong: shutdown finds the list empty, gives the lock back, and takes it again
 * to close the door. In between a daemon may have started a thread, for which
 * nobody will wait. */
#include "registry.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* For calls that fail only if this program is wrong: say which, and stop. */
#define MUST(call)                                           \
    do {                                                     \
        if ((call) != 0) {                                   \
            fprintf(stderr, "registry: %s failed\n", #call); \
            abort();                                         \
        }                                                    \
    } while (0)

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
    struct registry *r = malloc(sizeof *r);

    if (r == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&r->lock, NULL) != 0) {
        free(r);
        return NULL;
    }
    r->unjoined = NULL;
    r->closed = false;
    return r;
}

static int start_daemon(void *(*fn)(void *), void *arg)
{
    pthread_t thread;
    int rc = pthread_create(&thread, NULL, fn, arg);

    if (rc == 0) {
        MUST(pthread_detach(thread));
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

    MUST(pthread_mutex_lock(&r->lock));
    if (r->closed) {
        rc = ESHUTDOWN;
    } else if (daemon) {
        rc = start_daemon(fn, arg);
    } else {
        rc = start_joinable_locked(r, fn, arg);
    }
    MUST(pthread_mutex_unlock(&r->lock));
    return rc;
}

/* Take an entry off the list; NULL if there is none. */
static struct entry *take_one(struct registry *r)
{
    struct entry *e;

    MUST(pthread_mutex_lock(&r->lock));
    e = r->unjoined;
    if (e != NULL) {
        r->unjoined = e->next;
    }
    MUST(pthread_mutex_unlock(&r->lock));
    return e;
}

void registry_shutdown(struct registry *r)
{
    struct entry *e;

    while ((e = take_one(r)) != NULL) {
        MUST(pthread_join(e->thread, NULL));
        free(e);
    }
    MUST(pthread_mutex_lock(&r->lock));
    r->closed = true;
    MUST(pthread_mutex_unlock(&r->lock));
}

void registry_destroy(struct registry *r)
{
    MUST(pthread_mutex_destroy(&r->lock));
    free(r);
}
