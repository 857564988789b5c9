/* SPDX-License-Identifier: MIT */
/* strategy_starve.c - the base schedule, but one thread gets no turn from one
 * of its calls on while any other can run or will run later. A right program
 * then ends up waiting for it, asleep. One that goes round and round instead
 * is a busy wait, and the starved thread shows what it waited for. */
#include "strategy.h"

static void begin(void)
{
    rt->held_back = -1;
}

static void born(struct rt_thread *t)
{
    (void)t;
}

static bool starves(const struct rt_thread *t)
{
    return rt_index(t) == rt->schedule.victim && t->ops >= rt->schedule.from &&
           t->held_count == 0;
}

static int choose(const struct options *o)
{
    return o->base;
}

const struct strategy strategy_starve = {"starve", begin,   born,
                                         choose,   starves, true};
