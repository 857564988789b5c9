/* SPDX-License-Identifier: MIT */
/* Wrong: the list has no lock at all, although threads of the registry enter
 * others in it while shutdown takes them out; they seldom do so in the same
 * instant, and then an entry is lost. */
#include "registry.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct entry {
    pthread_t thread;
    struct entry *next;
};

struct registry {
    struct entry *unjoined; /* the threads still to be joined */
    bool closed;            /* goes true once: no thread may start */
};

struct registry *registry_create(void)
{
    return calloc(1, sizeof(struct registry));
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

static int start_joinable(struct registry *r, void *(*fn)(void *), void *arg)
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
    if (r->closed) {
        return ESHUTDOWN;
    }
    if (daemon) {
        return start_daemon(fn, arg);
    }
    return start_joinable(r, fn, arg);
}

void registry_shutdown(struct registry *r)
{
    while (r->unjoined != NULL) {
        struct entry *e = r->unjoined;

        r->unjoined = e->next;
        pthread_join(e->thread, NULL);
        free(e);
    }
    r->closed = true;
}

void registry_destroy(struct registry *r)
{
    free(r);
}
