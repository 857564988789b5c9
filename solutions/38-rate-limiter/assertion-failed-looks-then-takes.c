/* SPDX-License-Identifier: MIT */
/* Wrong: acquire looks whether there is a permit, and takes it in a second
 * critical section. Two that look before either has taken both find the same
 * permit. Each access is under the lock, so it is no data race. */
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
    int64_t *given_ns;    /* max_calls moments, a ring */
    size_t oldest;        /* where in the ring */
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

/* The moment when there is a permit, perhaps in the past. */
static int64_t next_locked(const struct limiter *l)
{
    return l->given_ns[l->oldest] + l->window_ns;
}

static void take_locked(struct limiter *l)
{
    l->given_ns[l->oldest] = moment_now();
    l->oldest = (l->oldest + 1) % l->max_calls;
}

int limiter_acquire(struct limiter *l)
{
    bool closed;

    pthread_mutex_lock(&l->lock);
    while (!l->closed && moment_now() < next_locked(l)) {
        struct timespec until = moment_as_timespec(next_locked(l));

        (void)pthread_cond_clockwait(&l->shut, &l->lock, CLOCK_MONOTONIC,
                                     &until);
    }
    closed = l->closed;
    pthread_mutex_unlock(&l->lock);
    if (closed) {
        return ESHUTDOWN;
    }
    pthread_mutex_lock(&l->lock);
    take_locked(l);
    pthread_mutex_unlock(&l->lock);
    return 0;
}

int limiter_try(struct limiter *l)
{
    int rc = ESHUTDOWN;

    pthread_mutex_lock(&l->lock);
    if (!l->closed) {
        rc = moment_now() < next_locked(l) ? EAGAIN : 0;
        if (rc == 0) {
            take_locked(l);
        }
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
    free(l->given_ns);
    free(l);
}
