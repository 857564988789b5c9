/* SPDX-License-Identifier: MIT */
/* Wrong: counter_add_within is made of two calls that are each safe, and
 * between them another thread can take the last place; two threads must meet
 * there at the very last place to show it. */
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

long counter_get(struct counter *c)
{
    long now;

    pthread_mutex_lock(&c->lock);
    now = c->value;
    pthread_mutex_unlock(&c->lock);
    return now;
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
    if (counter_get(c) + delta > limit) {
        return false;
    }
    counter_add(c, delta);
    return true;
}

void counter_destroy(struct counter *c)
{
    pthread_mutex_destroy(&c->lock);
    free(c);
}
