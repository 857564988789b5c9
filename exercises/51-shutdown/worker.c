/* SPDX-License-Identifier: MIT */
/* worker.c - a thread with a queue of its own. Your work; see worker.h. */
#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct worker {
    pthread_t thread; /* TODO: the rest, and say which lock guards what */
};

/* TODO: a worker without a thread. */
struct worker *worker_create(void (*handle)(void *arg, void *item),
                             void (*drop)(void *arg, void *item), void *arg)
{
    (void)handle;
    (void)drop;
    (void)arg;
    return NULL;
}

/* TODO: once at most, and never after a stop. */
int worker_start(struct worker *w)
{
    (void)w;
    return ENOSYS;
}

/* TODO: look whether it is open, append, wake the thread. */
int worker_put(struct worker *w, void *item)
{
    (void)w;
    (void)item;
    return ENOSYS;
}

/* TODO: reading shared data needs a lock like writing it. */
bool worker_stopping(struct worker *w)
{
    (void)w;
    return false;
}

/* TODO: ask; then one caller joins, and the others wait for that one. */
int worker_stop(struct worker *w, enum worker_stop how)
{
    (void)w;
    (void)how;
    return ENOSYS;
}

/* TODO: nothing may be left: no thread, no item, no memory. */
void worker_destroy(struct worker *w)
{
    (void)w;
}
