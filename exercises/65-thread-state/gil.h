/* SPDX-License-Identifier: MIT */
/* gil.h - the lock around an interpreter. Given, complete: use it, leave it
 * alone.
 *
 * This is the lock of exercise 64 without switch interval, and with an end:
 * once it is closed, nobody gets it any more. */
#ifndef GIL_H
#define GIL_H
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

struct gil {
    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t freed; /* signal: held went false; broadcast: closed */
    bool held;
    bool closed; /* goes true once, never back */
};

/* Make a lock that nobody holds. */
static inline void gil_init(struct gil *g)
{
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->freed, NULL);
    g->held = false;
    g->closed = false;
}

/* Sleep until nobody holds the lock, and take it. Whoever holds it already
 * and takes it again sleeps for ever.
 * Returns 0 with the lock held; or ESHUTDOWN if it is closed, before the call
 * or during it.
 * Threads: any number, at any time. */
static inline int gil_take(struct gil *g)
{
    int rc = ESHUTDOWN;

    pthread_mutex_lock(&g->lock);
    while (g->held && !g->closed) {
        pthread_cond_wait(&g->freed, &g->lock);
    }
    if (!g->closed) {
        g->held = true;
        rc = 0;
    }
    pthread_mutex_unlock(&g->lock);
    return rc;
}

/* Let go. Threads: only the one that holds the lock. */
static inline void gil_drop(struct gil *g)
{
    pthread_mutex_lock(&g->lock);
    g->held = false;
    pthread_cond_signal(&g->freed);
    pthread_mutex_unlock(&g->lock);
}

/* Let go for good: from now on nobody gets the lock. All who sleep in gil_take
 * are told. Threads: only the one that holds the lock. */
static inline void gil_close(struct gil *g)
{
    pthread_mutex_lock(&g->lock);
    g->held = false;
    g->closed = true;
    pthread_cond_broadcast(&g->freed);
    pthread_mutex_unlock(&g->lock);
}

/* Free what gil_init took. No thread may be inside, or later enter, a gil
 * call. */
static inline void gil_exit(struct gil *g)
{
    pthread_cond_destroy(&g->freed);
    pthread_mutex_destroy(&g->lock);
}
#endif
