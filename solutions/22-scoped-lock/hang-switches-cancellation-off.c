/* SPDX-License-Identifier: MIT */
/* Wrong: so that nobody is cancelled with the lock held, cancellation is off
 * while body is at work. But body may be waiting for something that never
 * comes, and then nothing can end it any more. */
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

    int old;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pthread_mutex_lock(&g->lock);
    g->inside++;
    pthread_cleanup_push(leave, g);
    rc = body(arg);
    pthread_cleanup_pop(1);
    pthread_setcancelstate(old, NULL);
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
