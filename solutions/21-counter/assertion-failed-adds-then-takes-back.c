/* SPDX-License-Identifier: MIT */
/* Wrong: counter_add_within adds first and takes it back if that was too much,
 * so for a moment others see a value above the limit, or are refused for want
 * of a place that is free; the end result is mostly right. */
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
    if (counter_add(c, delta) <= limit) {
        return true;
    }
    counter_add(c, -delta);
    return false;
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
