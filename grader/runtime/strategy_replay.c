/* SPDX-License-Identifier: MIT */
/* strategy_replay.c - the base schedule, but for a list of choices.
 *
 * A choice that cannot be made here (the thread is not ready: an earlier
 * choice was taken out while minimising) is passed over. An empty list is
 * the base schedule itself. */
#include "strategy.h"

static void begin(void)
{
}

static void born(struct rt_thread *t)
{
    (void)t;
}

static bool offered(const int *list, int count, int thread)
{
    for (int i = 0; i < count; i++) {
        if (list[i] == thread) {
            return true;
        }
    }
    return false;
}

static int choose(const struct options *o)
{
    const struct rt_thread *t = &rt->threads[o->current];

    for (int i = 0; i < rt->schedule.choice_count; i++) {
        const struct rt_choice *c = &rt->schedule.choices[i];
        if (c->thread == o->current && c->op == t->ops &&
            c->number == (int)t->choices &&
            (offered(o->ready, o->ready_count, c->chosen) ||
             offered(o->early, o->early_count, c->chosen))) {
            return c->chosen;
        }
    }
    return o->base;
}

const struct strategy strategy_replay = {"replay", begin, born, choose, NULL};
