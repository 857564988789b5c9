/* SPDX-License-Identifier: MIT */
/* strategy_pct.c - probabilistic concurrency testing: threads have random
 * priorities, the highest that can runs; at depth-1 random steps the one that
 * runs falls below all others. A bug that needs `depth` ordered events among n
 * threads in k steps is found with probability at least 1/(n k^(depth-1))
 * (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010).
 *
 * A thread that yields, or has gone on and on, falls as well: else one that
 * spins would starve the one it waits for. */
#include "strategy.h"

enum { SPURIOUS_ONE_IN = 16 };

static void begin(void)
{
    unsigned length = rt->schedule.length > 0 ? rt->schedule.length : 1;

    for (unsigned i = 0; i + 1 < rt->schedule.depth && i < 8; i++) {
        rt->change_at[i] = 1 + strategy_random(length);
    }
}

/* Above every thread that has fallen. */
static void born(struct rt_thread *t)
{
    t->priority = (1u << 30) + strategy_random(1u << 30);
}

static bool changes_now(void)
{
    for (unsigned i = 0; i + 1 < rt->schedule.depth && i < 8; i++) {
        if (rt->change_at[i] == rt->points) {
            return true;
        }
    }
    return false;
}

static void highest(const short *list, int count, int *best)
{
    for (int i = 0; i < count; i++) {
        if (list[i] < STRATEGY_SPURIOUS &&
            (*best < 0 ||
             rt->threads[list[i]].priority > rt->threads[*best].priority)) {
            *best = list[i];
        }
    }
}

int strategy_highest(const struct options *o)
{
    int best = -1;

    highest(o->ready, o->ready_count, &best);
    highest(o->early, o->early_count, &best);
    return best >= 0 ? best : o->base;
}

static void falls(int thread)
{
    rt->threads[thread].priority = rt->lowest--;
}

/* Whoever gives up a wait has the lock to take again, and much can happen
 * before it does: what it waited for may come after all. */
static int choose(const struct options *o)
{
    int chosen;

    if (o->tired || changes_now()) {
        falls(o->current);
    }
    chosen = o->early_count > 0 && strategy_random(SPURIOUS_ONE_IN) == 0
                 ? o->early[strategy_random((uint32_t)o->early_count)]
                 : strategy_highest(o);
    if (chosen < RT_THREADS &&
        strategy_offered(o->early, o->early_count, chosen) &&
        strategy_random(2) == 0) {
        falls(chosen);
    }
    return chosen;
}

const struct strategy strategy_pct = {"pct", begin, born, choose, NULL, false};
