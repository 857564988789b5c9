/* SPDX-License-Identifier: MIT */
/* Wrong: guard_wait registers a handler of its own that unlocks, for the
 * case that the thread is cancelled in the wait. The wait has taken the
 * mutex again by then, and the handler of guard_with unlocks it: the second
 * time it is not ours, it may be somebody else's. */
#include "guard.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct guard {
    pthread_mutex_t lock;   /* guards what bodies share */
    pthread_cond_t changed; /* broadcast: by guard_notify */
    atomic_size_t inside;   /* how many bodies run */
};

struct guard *guard_create(void)
{
    struct guard *g = malloc(sizeof(*g));

    if (g == NULL) {
        return NULL;
    }
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->changed, NULL);
    atomic_init(&g->inside, 0);
    return g;
}

static void leave(void *guard)
{
    struct guard *g = guard;

    atomic_fetch_sub(&g->inside, 1);
    pthread_mutex_unlock(&g->lock);
}

int guard_with(struct guard *g, int (*body)(void *arg), void *arg)
{
    int rc;

    pthread_mutex_lock(&g->lock); /* nobody can be cancelled in here */
    atomic_fetch_add(&g->inside, 1);
    /* push and pop are two halves of one block: no return between them. */
    pthread_cleanup_push(leave, g);
    rc = body(arg);
    pthread_cleanup_pop(1);
    return rc;
}

static void unlock(void *lock)
{
    pthread_mutex_unlock(lock);
}

void guard_wait(struct guard *g, bool (*ready)(void *arg), void *arg)
{
    pthread_cleanup_push(unlock, &g->lock);
    while (!ready(arg)) {
        pthread_cond_wait(&g->changed, &g->lock);
    }
    pthread_cleanup_pop(0);
}

void guard_notify(struct guard *g)
{
    /* They may be waiting for different things: all have to look. */
    pthread_cond_broadcast(&g->changed);
}

size_t guard_inside(struct guard *g)
{
    return atomic_load(&g->inside);
}

void guard_destroy(struct guard *g)
{
    pthread_cond_destroy(&g->changed);
    pthread_mutex_destroy(&g->lock);
    free(g);
}
