/* SPDX-License-Identifier: MIT */
/* Wrong: counter_add_within saves itself the lock when the counter looks full,
 * and that look is unlocked; what it decides is right even so, hence only a
 * race detector objects. */
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
    c->value += delta;
    now = c->value;
    pthread_mutex_unlock(&c->lock);
    return now;
}

bool counter_add_within(struct counter *c, long delta, long limit)
{
    bool fits;

    if (c->value + delta > limit) {
        return false; /* full already: spare us the lock */
    }
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
