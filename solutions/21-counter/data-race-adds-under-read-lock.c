/* SPDX-License-Identifier: MIT */
/* Wrong: counter_add takes the lock for reading, which lets any number of
 * adders in at once; it locks and unlocks in all the right places, and
 * additions get lost only when two overlap. */
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

    pthread_rwlock_rdlock(&c->lock);
    c->value += delta;
    now = c->value;
    pthread_rwlock_unlock(&c->lock);
    return now;
}

bool counter_add_within(struct counter *c, long delta, long limit)
{
    bool fits;

    pthread_rwlock_wrlock(&c->lock);
    fits = c->value + delta <= limit;
    if (fits) {
        c->value += delta;
    }
    pthread_rwlock_unlock(&c->lock);
    return fits;
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
