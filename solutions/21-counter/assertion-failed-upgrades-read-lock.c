/* SPDX-License-Identifier: MIT */
/* Wrong: counter_add_within changes its read lock for a write lock by letting
 * go of the first, and does not look again afterwards; only two threads that
 * do so at once go past the limit. */
#include "counter.h"

#include <pthread.h>
#include <stdlib.h>

struct counter {
    pthread_rwlock_t lock; /* guards value */
    long value;
};

struct counter *counter_create(long start)
{
    struct counter *c = malloc(sizeof *c);

    if (c == NULL) {
        return NULL;
    }
    pthread_rwlock_init(&c->lock, NULL);
    c->value = start;
    return c;
}

long counter_add(struct counter *c, long delta)
{
    long now;

    pthread_rwlock_wrlock(&c->lock);
    c->value += delta;
    now = c->value;
    pthread_rwlock_unlock(&c->lock);
    return now;
}

bool counter_add_within(struct counter *c, long delta, long limit)
{
    bool fits;

    pthread_rwlock_rdlock(&c->lock);
    fits = c->value + delta <= limit;
    pthread_rwlock_unlock(&c->lock);
    if (!fits) {
        return false; /* the common case, and readers share */
    }
    pthread_rwlock_wrlock(&c->lock);
    c->value += delta;
    pthread_rwlock_unlock(&c->lock);
    return true;
}

long counter_get(struct counter *c)
{
    long now;

    pthread_rwlock_rdlock(&c->lock);
    now = c->value;
    pthread_rwlock_unlock(&c->lock);
    return now;
}

void counter_destroy(struct counter *c)
{
    pthread_rwlock_destroy(&c->lock);
    free(c);
}
