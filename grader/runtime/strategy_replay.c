/* SPDX-License-Identifier: MIT */
/* strategy_replay.c - the base schedule, but for a list of choices.
 *
 * A choice that cannot be made here (the thread is not ready: an earlier
 * choice was taken out while minimising) is passed over. An empty list is
 * the base schedule itself. */
#include "strategy.h"

/* The next place of each thread for which there is a choice. */
static struct place {
    unsigned op;
    int number;
} due[RT_THREADS];

static bool earlier(const struct place *a, const struct place *b)
{
    return a->op < b->op || (a->op == b->op && a->number < b->number);
}

/* The first one of `thread` that is not before `from`. */
static void find_due(int thread, const struct place *from)
{
    struct place *best = &due[thread];

    *best = (struct place){UINT32_MAX, 0};
    for (int i = 0; i < rt->schedule.choice_count; i++) {
        const struct rt_choice *c = &rt->schedule.choices[i];
        struct place p = {c->op, c->number};
        if (c->thread == thread && !earlier(&p, from) && earlier(&p, best)) {
            *best = p;
        }
    }
}

bool strategy_replay_due(const struct rt_thread *t)
{
    struct place here = {t->ops, (int)t->choices};
    int thread = rt_index(t);

    if (rt->schedule.strategy != STRATEGY_REPLAY) {
        return false;
    }
    if (earlier(&due[thread], &here)) {
        find_due(thread, &here);
    }
    return due[thread].op == here.op && due[thread].number == here.number;
}

/* A fresh process has zeros there: a place before all others. */
static void begin(void)
{
}

static void born(struct rt_thread *t)
{
    (void)t;
}

static int choose(const struct options *o)
{
    const struct rt_thread *t = &rt->threads[o->current];

    for (int i = 0; i < rt->schedule.choice_count; i++) {
        const struct rt_choice *c = &rt->schedule.choices[i];
        if (c->thread == o->current && c->op == t->ops &&
            c->number == (int)t->choices &&
            (strategy_offered(o->ready, o->ready_count, c->chosen) ||
             strategy_offered(o->early, o->early_count, c->chosen))) {
            return c->chosen;
        }
    }
    return o->base;
}

const struct strategy strategy_replay = {"replay", begin, born,
                                         choose,   NULL,  false};
