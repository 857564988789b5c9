/* SPDX-License-Identifier: MIT */
/* limiter.c - at most so many calls in any window of time. Your work; see
 * limiter.h. */
#include "limiter.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "moment.h"

struct limiter {
    int64_t window_ns; /* TODO: the rest, and say which lock guards what */
};

/* TODO: allocate the limiter, and what remembers the last permits. */
struct limiter *limiter_create(unsigned max_calls, unsigned window_ms)
{
    (void)max_calls;
    (void)window_ms;
    return NULL;
}

/* TODO: take a permit, or sleep until the moment when there may be one. */
int limiter_acquire(struct limiter *l)
{
    (void)l;
    return ENOSYS;
}

/* TODO: take a permit if there is one. */
int limiter_try(struct limiter *l)
{
    (void)l;
    return ENOSYS;
}

/* TODO: close, and wake everyone who waits for what will not come. */
void limiter_close(struct limiter *l)
{
    (void)l;
}

/* TODO: give back all that limiter_create took. */
void limiter_destroy(struct limiter *l)
{
    (void)l;
}
