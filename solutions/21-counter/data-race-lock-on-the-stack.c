/* SPDX-License-Identifier: MIT */
/* Wrong: every call locks a mutex of its own, born on its stack, so no two
 * threads ever meet at the same one; it looks locked, and runs as well as no
 * lock at all. */
#include "counter.h"

#include <pthread.h>
#include <stdlib.h>

struct counter {
    long value;
};

struct counter *counter_create(long start)
{
    struct counter *c = malloc(sizeof *c);

    if (c == NULL) {
        return NULL;
    }
    c->value = start;
    return c;
}

long counter_add(struct counter *c, long delta)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    long now;

    pthread_mutex_lock(&lock);
    c->value += delta;
    now = c->value;
    pthread_mutex_unlock(&lock);
    return now;
}

bool counter_add_within(struct counter *c, long delta, long limit)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    bool fits;

    pthread_mutex_lock(&lock);
    fits = c->value + delta <= limit;
    if (fits) {
        c->value += delta;
    }
    pthread_mutex_unlock(&lock);
    return fits;
}

long counter_get(struct counter *c)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    long now;

    pthread_mutex_lock(&lock);
    now = c->value;
    pthread_mutex_unlock(&lock);
    return now;
}

void counter_destroy(struct counter *c)
{
    free(c);
}
