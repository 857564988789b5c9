/* SPDX-License-Identifier: MIT */
/* Wrong: "value += delta" looks like one step and is three, and nothing keeps
 * the threads apart; a short loop often ends before the next thread has even
 * started, so the sums come out right. */
#include "counter.h"

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
    c->value += delta;
    return c->value;
}

bool counter_add_within(struct counter *c, long delta, long limit)
{
    if (c->value + delta > limit) {
        return false;
    }
    c->value += delta;
    return true;
}

long counter_get(struct counter *c)
{
    return c->value;
}

void counter_destroy(struct counter *c)
{
    free(c);
}
