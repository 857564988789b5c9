/* SPDX-License-Identifier: MIT */
/* Wrong: permits come back one by one, max_calls of them in the time of a
 * window. On the average that is the limit. But a bucket that is full gives
 * all at once, and the next one long before the window is over. */
#include "limiter.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "moment.h"

struct limiter {
    size_t max_calls;  /* constant after create */
    int64_t window_ns; /* constant after create */

    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t shut;  /* broadcast: closed */
    int64_t filled_ns;    /* when a permit last came back */
    size_t permits;       /* 0 <= permits <= max_calls */
    bool closed;          /* goes true once, never back */
};

struct limiter *limiter_create(unsigned max_calls, unsigned window_ms)
{
    struct limiter *l;

    if (max_calls == 0 || window_ms == 0) {
        return NULL;
    }
    l = calloc(1, sizeof(*l));
    if (l == NULL) {
        return NULL;
    }
    l->max_calls = max_calls;
    l->window_ns = (int64_t)window_ms * 1000000;
    l->filled_ns = moment_now();
    l->permits = max_calls;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->shut, NULL);
    return l;
}

/* Give a permit if there is one. Otherwise false, and *next_ns is the moment
 * when there will be one, unless somebody else takes it. */
static bool give_locked(struct limiter *l, int64_t *next_ns)
{
    int64_t step_ns = l->window_ns / (int64_t)l->max_calls;
    int64_t now_ns = moment_now();

    while (l->permits < l->max_calls && l->filled_ns + step_ns <= now_ns) {
        l->filled_ns += step_ns;
        l->permits++;
    }
    *next_ns = l->filled_ns + step_ns;
    if (l->permits == 0) {
        return false;
    }
    if (l->permits == l->max_calls) {
        l->filled_ns = now_ns;
    }
    l->permits--;
    return true;
}

int limiter_acquire(struct limiter *l)
{
    int64_t next_ns;
    int rc;

    pthread_mutex_lock(&l->lock);
    /* Looking and taking are one step. The wait lets go of the lock, so after
     * it all is looked at anew. */
    while (!l->closed && !give_locked(l, &next_ns)) {
        struct timespec until = moment_as_timespec(next_ns);

        (void)pthread_cond_clockwait(&l->shut, &l->lock, CLOCK_MONOTONIC,
                                     &until);
    }
    rc = l->closed ? ESHUTDOWN : 0;
    pthread_mutex_unlock(&l->lock);
    return rc;
}

int limiter_try(struct limiter *l)
{
    int64_t next_ns;
    int rc = ESHUTDOWN;

    pthread_mutex_lock(&l->lock);
    if (!l->closed) {
        rc = give_locked(l, &next_ns) ? 0 : EAGAIN;
    }
    pthread_mutex_unlock(&l->lock);
    return rc;
}

void limiter_close(struct limiter *l)
{
    pthread_mutex_lock(&l->lock);
    l->closed = true;
    pthread_cond_broadcast(&l->shut);
    pthread_mutex_unlock(&l->lock);
}

void limiter_destroy(struct limiter *l)
{
    pthread_cond_destroy(&l->shut);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
