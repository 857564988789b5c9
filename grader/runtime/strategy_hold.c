/* SPDX-License-Identifier: MIT */
/* strategy_hold.c - whoever holds something and is about to ask for more lets
 * all others go first, and sleepers wake up early. So as many threads as can
 * hold and wait: if they may ask in a circle, they do. Random choices have to
 * stop each thread of the circle in that one gap.
 *
 * `per_mille`: how often such a thread lets others go first. They do not go on
 * for ever, or those who only spin would keep it from what they wait for. */
#include "strategy.h"

enum { PATIENCE = 100 }; /* choices for each of the others */

static unsigned asked[RT_THREADS]; /* calls made before the last such place */
static bool holds[RT_THREADS];     /* what was decided there */
static unsigned passed; /* choices since somebody first let others go first */

static void begin(void)
{
    for (int i = 0; i < RT_THREADS; i++) {
        asked[i] = 0;
    }
    passed = 0;
}

static void born(struct rt_thread *t)
{
    (void)t;
}

static bool lets_others_go(int thread)
{
    const struct rt_thread *t = &rt->threads[thread];

    if (t->held_count == 0 || t->want.kind == WANT_NOTHING) {
        return false;
    }
    if (asked[thread] != t->ops) {
        asked[thread] = t->ops;
        holds[thread] = strategy_random(1000) < rt->schedule.per_mille;
    }
    return holds[thread];
}

/* In turns, beginning with the one after the current thread. -1: everybody
 * lets others go first. */
static int next_of(const struct options *o)
{
    int count = atomic_load(&rt->thread_count);

    for (int i = 1; i <= count; i++) {
        int t = (o->current + i) % count;
        if ((strategy_is_ready(o, t) && !lets_others_go(t)) ||
            strategy_offered(o->early, o->early_count, t)) {
            return t;
        }
    }
    return -1;
}

static bool anybody_holds(const struct options *o)
{
    for (int i = 0; i < o->ready_count; i++) {
        if (lets_others_go(o->ready[i])) {
            return true;
        }
    }
    return false;
}

static int choose(const struct options *o)
{
    uint32_t ready = (uint32_t)o->ready_count;
    int next = next_of(o);

    passed += passed > 0 || anybody_holds(o);
    if (next < 0 || (ready > 0 && passed > PATIENCE * ready)) {
        passed = 0;
        next = ready > 0 ? o->ready[strategy_random(ready)] : o->early[0];
    }
    return next;
}

const struct strategy strategy_hold = {"hold", begin, born,
                                       choose, NULL,  false};
