/* SPDX-License-Identifier: MIT */
/* Wrong: time is cut into windows that begin with the limiter, and each gets
 * its permits. At the end of one and the beginning of the next twice as many
 * can be given in no time. With calls that begin when the limiter does, it
 * is right. */
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
    int64_t begin_ns;     /* of the window that is counted */
    size_t given;         /* permits in it */
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
    l->begin_ns = moment_now();
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->shut, NULL);
    return l;
}

/* Give a permit if there is one. Otherwise false, and *next_ns is the moment
 * when there will be one, unless somebody else takes it. */
static bool give_locked(struct limiter *l, int64_t *next_ns)
{
    int64_t now_ns = moment_now();

    if (now_ns - l->begin_ns >= l->window_ns) {
        l->begin_ns += (now_ns - l->begin_ns) / l->window_ns * l->window_ns;
        l->given = 0;
    }
    *next_ns = l->begin_ns + l->window_ns;
    if (l->given == l->max_calls) {
        return false;
    }
    l->given++;
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
