/* SPDX-License-Identifier: MIT */
/* Right: one C11 atomic and no lock; adding is one indivisible step, and the
 * bounded add retries with compare-and-exchange until nobody came in between.
 */
#include "counter.h"

#include <stdatomic.h>
#include <stdlib.h>

struct counter {
    atomic_long value;
};

struct counter *counter_create(long start)
{
    struct counter *c = malloc(sizeof *c);

    if (c == NULL) {
        return NULL;
    }
    atomic_init(&c->value, start);
    return c;
}

long counter_add(struct counter *c, long delta)
{
    return atomic_fetch_add(&c->value, delta) + delta;
}

bool counter_add_within(struct counter *c, long delta, long limit)
{
    long old = atomic_load(&c->value);

    do {
        if (old + delta > limit) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&c->value, &old, old + delta));
    return true;
}

long counter_get(struct counter *c)
{
    return atomic_load(&c->value);
}

void counter_destroy(struct counter *c)
{
    free(c);
}
