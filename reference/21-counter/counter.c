/* SPDX-License-Identifier: MIT */
/* counter.c - a number that any number of threads may change and read.
 *
 * One mutex per counter stands before its value. Each function takes it once,
 * does all its reading and writing of the value, copies what it will return
 * into a local variable, and lets go. So the functions happen one after the
 * other, whatever the threads do. */
#include "counter.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* For calls that fail only if this program is wrong: say which, and stop. */
#define MUST(call)                                          \
    do {                                                    \
        if ((call) != 0) {                                  \
            fprintf(stderr, "counter: %s failed\n", #call); \
            abort();                                        \
        }                                                   \
    } while (0)

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
    if (pthread_mutex_init(&c->lock, NULL) != 0) {
        free(c);
        return NULL;
    }
    c->value = start; /* no lock yet: nobody else knows this counter */
    return c;
}

long counter_add(struct counter *c, long delta)
{
    long now;

    MUST(pthread_mutex_lock(&c->lock));
    c->value += delta;
    now = c->value; /* after the unlock it may be another's */
    MUST(pthread_mutex_unlock(&c->lock));
    return now;
}

bool counter_add_within(struct counter *c, long delta, long limit)
{
    bool fits;

    MUST(pthread_mutex_lock(&c->lock));
    fits = c->value + delta <= limit;
    if (fits) {
        c->value += delta; /* still true: nobody came in between */
    }
    MUST(pthread_mutex_unlock(&c->lock));
    return fits;
}

long counter_get(struct counter *c)
{
    long now;

    MUST(pthread_mutex_lock(&c->lock));
    now = c->value;
    MUST(pthread_mutex_unlock(&c->lock));
    return now;
}

void counter_destroy(struct counter *c)
{
    MUST(pthread_mutex_destroy(&c->lock));
    free(c);
}
