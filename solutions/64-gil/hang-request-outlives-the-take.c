/* SPDX-License-Identifier: MIT */
/* Wrong: only a checkpoint clears the request. If the holder drops the lock by
 * itself, the one who asked gets it, and yet the request stands. The next
 * checkpoint lets go and sleeps until somebody comes; but nobody waits any
 * more. */
#include "gil.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "deadline.h"

struct gil {
    unsigned interval_ms; /* constant after create */

    pthread_mutex_t lock;    /* guards every field below */
    pthread_cond_t freed;    /* signal: not held; broadcast: asked no more */
    pthread_cond_t switched; /* broadcast: takes rose */
    bool held;
    pthread_t holder;    /* valid while held */
    bool asked;          /* the holder shall let go; cleared by every take */
    unsigned long takes; /* how often it was taken */
};

struct gil *gil_create(unsigned interval_ms)
{
    struct gil *g = interval_ms == 0 ? NULL : calloc(1, sizeof(*g));

    if (g == NULL) {
        return NULL;
    }
    g->interval_ms = interval_ms;
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->freed, NULL);
    pthread_cond_init(&g->switched, NULL);
    return g;
}

static bool mine_locked(const struct gil *g)
{
    return g->held && pthread_equal(g->holder, pthread_self());
}

/* Sleep until the lock may be free, or for one interval at most. */
static void wait_an_interval_locked(struct gil *g)
{
    unsigned long seen = g->takes;
    struct timespec end = deadline_after(g->interval_ms);
    int rc = pthread_cond_clockwait(&g->freed, &g->lock, CLOCK_MONOTONIC, &end);

    /* A holder that is new has an interval of its own. */
    if (rc == ETIMEDOUT && g->held && g->takes == seen) {
        g->asked = true;
    }
}

static void take_locked(struct gil *g)
{
    while (g->held) {
        if (g->asked) {
            pthread_cond_wait(&g->freed, &g->lock);
        } else {
            wait_an_interval_locked(g);
        }
    }
    g->held = true;
    g->holder = pthread_self();
    g->takes++;
    pthread_cond_broadcast(&g->switched);
}

static void drop_locked(struct gil *g)
{
    g->held = false;
    pthread_cond_signal(&g->freed);
}

int gil_take(struct gil *g)
{
    int rc = EDEADLK;

    pthread_mutex_lock(&g->lock);
    if (!mine_locked(g)) {
        take_locked(g);
        rc = 0;
    }
    pthread_mutex_unlock(&g->lock);
    return rc;
}

int gil_drop(struct gil *g)
{
    int rc = EPERM;

    pthread_mutex_lock(&g->lock);
    if (mine_locked(g)) {
        drop_locked(g);
        rc = 0;
    }
    pthread_mutex_unlock(&g->lock);
    return rc;
}

bool gil_held(struct gil *g)
{
    bool mine = false;

    pthread_mutex_lock(&g->lock);
    mine = mine_locked(g);
    pthread_mutex_unlock(&g->lock);
    return mine;
}

bool gil_checkpoint(struct gil *g)
{
    bool asked = false;

    pthread_mutex_lock(&g->lock);
    asked = g->asked;
    if (asked) {
        unsigned long mine = g->takes;

        g->asked = false;
        pthread_cond_broadcast(&g->freed);
        drop_locked(g);
        /* Without this the one who is awake would win every time. */
        while (g->takes == mine) {
            pthread_cond_wait(&g->switched, &g->lock);
        }
        take_locked(g);
    }
    pthread_mutex_unlock(&g->lock);
    return asked;
}

int gil_allow_threads(struct gil *g, int (*work)(void *arg), void *arg)
{
    int result = 0;

    gil_drop(g);
    result = work(arg);
    gil_take(g);
    return result;
}

void gil_destroy(struct gil *g)
{
    pthread_cond_destroy(&g->switched);
    pthread_cond_destroy(&g->freed);
    pthread_mutex_destroy(&g->lock);
    free(g);
}
