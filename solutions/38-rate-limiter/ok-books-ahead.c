/* SPDX-License-Identifier: MIT */
/* Right: permits are booked ahead. Who acquires takes the next free moment at
 * once, which may be in the future, and sleeps until it has come. So those who
 * wait are served in the order in which they came, and a try finds every
 * moment taken that somebody waits for. */
#include "limiter.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "moment.h"

struct limiter {
    int64_t window_ns; /* constant, like max_calls */
    size_t max_calls;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t shut;  /* on CLOCK_MONOTONIC; broadcast: closed */
    bool closed;
    size_t used;      /* how many of the booked are valid */
    size_t oldest;    /* the place to use next */
    int64_t booked[]; /* the last max_calls moments, some of them to come */
};

struct limiter *limiter_create(unsigned max_calls, unsigned window_ms)
{
    struct limiter *l = NULL;
    pthread_condattr_t attr;

    if (max_calls == 0 || window_ms == 0) {
        return NULL;
    }
    l = calloc(1, sizeof(*l) + max_calls * sizeof(l->booked[0]));
    if (l == NULL) {
        return NULL;
    }
    l->window_ns = (int64_t)window_ms * 1000000;
    l->max_calls = max_calls;
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&l->shut, &attr);
    pthread_condattr_destroy(&attr);
    return l;
}

/* The first moment, from now on, at which a permit may be given. */
static int64_t next_locked(const struct limiter *l, int64_t now)
{
    if (l->used == l->max_calls) {
        int64_t at = l->booked[l->oldest] + l->window_ns;

        return at > now ? at : now;
    }
    return now;
}

static void book_locked(struct limiter *l, int64_t at)
{
    l->booked[l->oldest] = at;
    l->oldest = (l->oldest + 1) % l->max_calls;
    if (l->used < l->max_calls) {
        l->used++;
    }
}

int limiter_acquire(struct limiter *l)
{
    int rc = ESHUTDOWN;

    pthread_mutex_lock(&l->lock);
    if (!l->closed) {
        int64_t at = next_locked(l, moment_now());
        struct timespec until = moment_as_timespec(at);

        book_locked(l, at);
        while (!l->closed && moment_now() < at) {
            pthread_cond_timedwait(&l->shut, &l->lock, &until);
        }
        rc = l->closed ? ESHUTDOWN : 0;
    }
    pthread_mutex_unlock(&l->lock);
    return rc;
}

int limiter_try(struct limiter *l)
{
    int rc = ESHUTDOWN;

    pthread_mutex_lock(&l->lock);
    if (!l->closed) {
        int64_t now = moment_now();

        rc = EAGAIN;
        if (next_locked(l, now) == now) {
            book_locked(l, now);
            rc = 0;
        }
    }
    pthread_mutex_unlock(&l->lock);
    return rc;
}

void limiter_close(struct limiter *l)
{
    pthread_mutex_lock(&l->lock);
    l->closed = true;
    pthread_mutex_unlock(&l->lock);
    pthread_cond_broadcast(&l->shut);
}

void limiter_destroy(struct limiter *l)
{
    pthread_cond_destroy(&l->shut);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
