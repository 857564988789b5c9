/* SPDX-License-Identifier: MIT */
/* Wrong: cancellation is switched off until the handler is in place, and then
 * on, instead of back to what it was. Right for all threads but those that had
 * switched it off themselves. */
#include "guard.h"

#include <pthread.h>
#include <stdlib.h>

struct guard {
    pthread_mutex_t lock;   /* guards what bodies share, and the fields below */
    pthread_cond_t changed; /* broadcast: by guard_notify */
    size_t inside;
};

struct guard *guard_create(void)
{
    struct guard *g = malloc(sizeof(*g));

    if (g == NULL) {
        return NULL;
    }
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->changed, NULL);
    g->inside = 0;
    return g;
}

static void leave(void *guard)
{
    struct guard *g = guard;

    g->inside--;
    pthread_mutex_unlock(&g->lock);
}

int guard_with(struct guard *g, int (*body)(void *arg), void *arg)
{
    int rc;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_mutex_lock(&g->lock);
    g->inside++;
    /* push and pop are two halves of one block: no return between them. */
    pthread_cleanup_push(leave, g);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    rc = body(arg);
    pthread_cleanup_pop(1);
    return rc;
}

void guard_wait(struct guard *g, bool (*ready)(void *arg), void *arg)
{
    while (!ready(arg)) {
        pthread_cond_wait(&g->changed, &g->lock);
    }
}

void guard_notify(struct guard *g)
{
    /* They may be waiting for different things: all have to look. */
    pthread_cond_broadcast(&g->changed);
}

size_t guard_inside(struct guard *g)
{
    size_t inside;

    pthread_mutex_lock(&g->lock);
    inside = g->inside;
    pthread_mutex_unlock(&g->lock);
    return inside;
}

void guard_destroy(struct guard *g)
{
    pthread_cond_destroy(&g->changed);
    pthread_mutex_destroy(&g->lock);
    free(g);
}
