/* SPDX-License-Identifier: MIT */
/* Wrong: counter_add reads under the lock and writes under the lock, but lets
 * go in between, so another addition in that gap is overwritten; no access is
 * unlocked, and the gap is a few instructions wide. */
#include "counter.h"

#include <pthread.h>
#include <stdlib.h>

struct counter {
    pthread_mutex_t lock; /* guards value */
    long value;
};

struct counter *counter_create(long start)
{
    struct counter *c = malloc(sizeof *c);

    if (c == NULL) {
        return NULL;
    }
    pthread_mutex_init(&c->lock, NULL);
    c->value = start;
    return c;
}

long counter_add(struct counter *c, long delta)
{
    long now;

    pthread_mutex_lock(&c->lock);
    now = c->value;
    pthread_mutex_unlock(&c->lock);

    now += delta;

    pthread_mutex_lock(&c->lock);
    c->value = now;
    pthread_mutex_unlock(&c->lock);
    return now;
}

bool counter_add_within(struct counter *c, long delta, long limit)
{
    bool fits;

    pthread_mutex_lock(&c->lock);
    fits = c->value + delta <= limit;
    if (fits) {
        c->value += delta;
    }
    pthread_mutex_unlock(&c->lock);
    return fits;
}

long counter_get(struct counter *c)
{
    long now;

    pthread_mutex_lock(&c->lock);
    now = c->value;
    pthread_mutex_unlock(&c->lock);
    return now;
}

void counter_destroy(struct counter *c)
{
    pthread_mutex_destroy(&c->lock);
    free(c);
}
