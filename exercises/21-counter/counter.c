/* SPDX-License-Identifier: MIT */
/* counter.c - a number that any number of threads may change and read.
 *
 * Your file. counter.h is the contract, README.md the lesson. When you are
 * done, let this comment say how your counter works. */
#include "counter.h"

#include <stddef.h>

struct counter {
    long value; /* TODO: what guards it? */
};

struct counter *counter_create(long start)
{
    /* TODO: allocate a counter, give it its value, make ready what guards
     * it. */
    (void)start;
    return NULL;
}

long counter_add(struct counter *c, long delta)
{
    /* TODO: add, and return what the value became by this addition. */
    (void)c;
    (void)delta;
    return 0;
}

bool counter_add_within(struct counter *c, long delta, long limit)
{
    /* TODO: look and add, with nobody in between. */
    (void)c;
    (void)delta;
    (void)limit;
    return false;
}

long counter_get(struct counter *c)
{
    /* TODO: reading needs as much care as writing. */
    (void)c;
    return 0;
}

void counter_destroy(struct counter *c)
{
    /* TODO: give back everything counter_create took. */
    (void)c;
}
