/* SPDX-License-Identifier: MIT */
/* strategy_walk.c - a random walk: at each point the turn changes hands with
 * a given probability, to anyone who may run. Low probabilities let threads
 * run long enough to fill a queue; high ones interleave closely. */
#include "strategy.h"

enum { EARLY_ONE_IN = 8 };

static void begin(void)
{
}

static void born(struct rt_thread *t)
{
    (void)t;
}

static int choose(const struct options *o)
{
    if (o->early_count > 0 && strategy_random(EARLY_ONE_IN) == 0) {
        return o->early[strategy_random((uint32_t)o->early_count)];
    }
    if (strategy_is_ready(o, o->current) && !o->tired &&
        strategy_random(1000) >= rt->schedule.per_mille) {
        return o->current;
    }
    return o->ready[strategy_random((uint32_t)o->ready_count)];
}

const struct strategy strategy_walk = {"walk", begin, born,
                                       choose, NULL,  false};
