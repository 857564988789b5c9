/* SPDX-License-Identifier: MIT */
/* Wrong: a close sets an atomic flag and wakes all, without the lock. Both may
 * come after somebody has looked at the flag and before it sleeps: it hears
 * of the close when the window is over. */
#include "limiter.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "moment.h"

struct limiter {
    size_t max_calls;  /* constant after create */
    int64_t window_ns; /* constant after create */

    pthread_mutex_t lock; /* guards every field below but closed */
    pthread_cond_t shut;  /* broadcast: closed */
    int64_t *given_ns;    /* max_calls moments, a ring */
    size_t oldest;        /* where in the ring */
    atomic_bool closed;   /* goes true once, never back */
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
    l->given_ns = calloc(max_calls, sizeof(*l->given_ns));
    if (l->given_ns == NULL) {
        free(l);
        return NULL;
    }
    l->max_calls = max_calls;
    l->window_ns = (int64_t)window_ms * 1000000;
    /* Before the first permits: as if some had been given a window ago. */
    for (size_t i = 0; i < max_calls; i++) {
        l->given_ns[i] = moment_now() - l->window_ns;
    }
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->shut, NULL);
    return l;
}

/* Give a permit if there is one. Otherwise false, and *next_ns is the moment
 * when there will be one, unless somebody else takes it. */
static bool give_locked(struct limiter *l, int64_t *next_ns)
{
    int64_t now_ns = moment_now();

    *next_ns = l->given_ns[l->oldest] + l->window_ns;
    if (now_ns < *next_ns) {
        return false;
    }
    l->given_ns[l->oldest] = now_ns;
    l->oldest = (l->oldest + 1) % l->max_calls;
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
    atomic_store(&l->closed, true);
    pthread_cond_broadcast(&l->shut);
}

void limiter_destroy(struct limiter *l)
{
    pthread_cond_destroy(&l->shut);
    pthread_mutex_destroy(&l->lock);
    free(l->given_ns);
    free(l);
}
