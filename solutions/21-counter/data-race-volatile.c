/* SPDX-License-Identifier: MIT */
/* Wrong: volatile makes the compiler touch memory each time, it neither makes
 * read-add-write one step nor orders two threads; the sums come out right
 * whenever the threads happen not to overlap. */
#include "counter.h"

#include <stdlib.h>

struct counter {
    volatile long value;
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
    long now = c->value + delta;

    c->value = now;
    return now;
}

bool counter_add_within(struct counter *c, long delta, long limit)
{
    if (c->value + delta > limit) {
        return false;
    }
    c->value = c->value + delta;
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
