/* SPDX-License-Identifier: MIT */
/* strategy.h - who runs next: one row per strategy, one small file each.
 *
 * A strategy is two functions: begin a schedule, and choose. Random numbers
 * come from strategy_random, seeded by the schedule, so that a schedule
 * follows from its numbers alone. Called by the thread that has the turn. */
#ifndef STRATEGY_H
#define STRATEGY_H

#include "rt.h"

/* Added to the number of a thread that is woken without a reason. */
#define STRATEGY_SPURIOUS 1000

struct options {
    int current; /* who had the turn */
    bool tired;  /* it gives way: it yields, sleeps, or has gone on and on */
    int base;    /* what the base schedule would do */
    short ready[RT_THREADS]; /* may run; never empty unless `early` is not */
    int ready_count;
    short early[2 * RT_THREADS]; /* may be woken before their time, by this
                                  schedule */
    int early_count;
};

struct strategy {
    const char *name;
    void (*begin)(void);
    void (*born)(struct rt_thread *t); /* a thread was created */
    int (*choose)(const struct options *o);
    /* True if `t`, which could run, is not to be among the options as long as
     * anybody else can run, now or later. NULL: no such thread. */
    bool (*starves)(const struct rt_thread *t);
    /* Victim, from and length are all there is to a schedule: its token is the
     * name's first letter and these. */
    bool simple;
};

enum {
    STRATEGY_REPLAY,
    STRATEGY_RANDOM,
    STRATEGY_PCT,
    STRATEGY_STARVE,
    STRATEGY_FAVOUR,
    STRATEGY_TURNS,
    STRATEGY_HOLD,
    STRATEGY_SEARCH,
    STRATEGIES
};

extern const struct strategy strategy_replay, strategy_walk, strategy_pct,
    strategy_starve, strategy_favour, strategy_turns, strategy_hold,
    strategy_search;
extern const struct strategy *const strategies[STRATEGIES];

/* True if a choice of the schedule is for the place `t` has come to. */
bool strategy_replay_due(const struct rt_thread *t);

static inline bool strategy_offered(const short *list, int count, int thread)
{
    for (int i = 0; i < count; i++) {
        if (list[i] == thread) {
            return true;
        }
    }
    return false;
}

static inline bool strategy_is_ready(const struct options *o, int thread)
{
    return strategy_offered(o->ready, o->ready_count, thread);
}

/* Of those who may run the one with the highest priority; the base's choice if
 * there is none. */
int strategy_highest(const struct options *o);

/* For strategy search: one of `count` outcomes; and what the thread with the
 * turn has touched since it was chosen. */
int strategy_search_outcome(struct rt_thread *t, int count);
void strategy_search_touch(uintptr_t id, enum rt_touch_kind kind);

/* A number below `below`, which is not 0. */
uint32_t strategy_random(uint32_t below);

#endif
