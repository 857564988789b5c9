/* SPDX-License-Identifier: MIT */
/* Right: one static mutex for all counters is coarser than it need be, but
 * every access to every value is between its lock and unlock. */
#include "counter.h"

#include <pthread.h>
#include <stdlib.h>

/* Guards the value of every counter. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

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
    long now;

    pthread_mutex_lock(&lock);
    c->value += delta;
    now = c->value;
    pthread_mutex_unlock(&lock);
    return now;
}

bool counter_add_within(struct counter *c, long delta, long limit)
{
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
