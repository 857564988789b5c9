/* SPDX-License-Identifier: MIT */
/* Wrong: the writers use atomic built-ins and the reader a plain load, and an
 * access is only as atomic as both sides of it; the load comes out whole on
 * most machines, so the values look right. */
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
    return __atomic_add_fetch(&c->value, delta, __ATOMIC_SEQ_CST);
}

bool counter_add_within(struct counter *c, long delta, long limit)
{
    long old = __atomic_load_n(&c->value, __ATOMIC_SEQ_CST);

    do {
        if (old + delta > limit) {
            return false;
        }
    } while (!__atomic_compare_exchange_n(&c->value, &old, old + delta, false,
                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
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
