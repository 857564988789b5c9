/* SPDX-License-Identifier: MIT */
/* Right: the lock that bodies hold is a flag; the mutex is held only to look
 * at it. So no thread is ever cancelled with the mutex held, but for those
 * in a condition wait, and these give it back in a handler. */
#include "guard.h"

#include <pthread.h>
#include <stdlib.h>

struct guard {
    pthread_mutex_t lock;   /* guards the fields below; held for a moment */
    pthread_cond_t changed; /* broadcast: by guard_notify */
    pthread_cond_t freed;   /* signal: taken went false */
    bool taken;             /* some body runs: that is the lock */
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
    pthread_cond_init(&g->freed, NULL);
    g->taken = false;
    g->inside = 0;
    return g;
}

static void unlock(void *lock)
{
    pthread_mutex_unlock(lock);
}

static void give_back_locked(struct guard *g)
{
    g->taken = false;
    pthread_cond_signal(&g->freed);
}

/* Not to be cancelled: who leaves or comes back must get the flag. */
static void take_locked(struct guard *g)
{
    int old;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    while (g->taken) {
        pthread_cond_wait(&g->freed, &g->lock);
    }
    g->taken = true;
    pthread_setcancelstate(old, NULL);
}

static void leave(void *guard)
{
    struct guard *g = guard;

    pthread_mutex_lock(&g->lock);
    g->inside--;
    give_back_locked(g);
    pthread_mutex_unlock(&g->lock);
}

/* A sleeper has been cancelled: leave expects that it has the flag. */
static void come_back(void *guard)
{
    struct guard *g = guard;

    take_locked(g);
    unlock(&g->lock);
}

int guard_with(struct guard *g, int (*body)(void *arg), void *arg)
{
    int rc;

    pthread_mutex_lock(&g->lock);
    take_locked(g);
    g->inside++;
    pthread_mutex_unlock(&g->lock);
    pthread_cleanup_push(leave, g);
    rc = body(arg);
    pthread_cleanup_pop(1);
    return rc;
}

void guard_wait(struct guard *g, bool (*ready)(void *arg), void *arg)
{
    while (!ready(arg)) {
        pthread_mutex_lock(&g->lock);
        give_back_locked(g);
        pthread_cleanup_push(come_back, g);
        pthread_cond_wait(&g->changed, &g->lock);
        pthread_cleanup_pop(1);
    }
}

void guard_notify(struct guard *g)
{
    /* They may be waiting for different things: all have to look. */
    pthread_mutex_lock(&g->lock);
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
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
    pthread_cond_destroy(&g->freed);
    pthread_cond_destroy(&g->changed);
    pthread_mutex_destroy(&g->lock);
    free(g);
}
