/* SPDX-License-Identifier: MIT */
/* Wrong: the refusing way out of counter_add_within unlocks, and then goes on
 * to the unlock at the end, which may by then open the lock under another
 * thread; alone it does no harm that a test could see. */
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
    bool fits = true;

    pthread_mutex_lock(&c->lock);
    if (c->value + delta > limit) {
        fits = false;
        pthread_mutex_unlock(&c->lock);
    } else {
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
