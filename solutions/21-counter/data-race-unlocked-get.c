/* SPDX-License-Identifier: MIT */
/* Wrong: counter_get reads without the lock, because "it only reads"; on most
 * machines the load of an aligned long comes out whole, so no test can see
 * that nothing promises it. */
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
    return c->value;
}

void counter_destroy(struct counter *c)
{
    pthread_mutex_destroy(&c->lock);
    free(c);
}
