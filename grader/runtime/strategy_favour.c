/* SPDX-License-Identifier: MIT */
/* strategy_favour.c - one thread is favoured up to one of its calls, and then
 * everybody else comes first. Before it goes only the first thread, which
 * starts the others; after it those that were started last. So a few of many
 * threads meet while all the others have not even begun, which random
 * priorities give them only once in as many schedules as there are orders. */
#include "strategy.h"

static void begin(void)
{
}

static void born(struct rt_thread *t)
{
    t->priority = rt_index(t) == 0                     ? UINT32_MAX
                  : rt_index(t) == rt->schedule.victim ? UINT32_MAX - 1
                                                       : (1u << 30) + t->serial;
}

static int choose(const struct options *o)
{
    struct rt_thread *t = &rt->threads[o->current];

    if (o->tired ||
        (o->current == rt->schedule.victim && t->ops == rt->schedule.from)) {
        t->priority = rt->lowest--;
    }
    return strategy_highest(o);
}

const struct strategy strategy_favour = {"favour", begin, born,
                                         choose,   NULL,  true};
