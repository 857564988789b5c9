/* SPDX-License-Identifier: MIT */
/* Wrong: the refusing way out of counter_add_within forgets to unlock, so the
 * next call waits for ever; tests that never reach the limit, or stop there,
 * see nothing. */
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
    pthread_mutex_lock(&c->lock);
    if (c->value + delta > limit) {
        return false;
    }
    c->value += delta;
    pthread_mutex_unlock(&c->lock);
    return true;
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
