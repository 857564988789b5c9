/* SPDX-License-Identifier: MIT */
/* strategy_turns.c - all go round in a ring, and each goes on for so many
 * points at a time, or until it holds no lock. What only a strict alternation
 * leads to, as when two threads push each other's numbers up, random choices
 * find once in as many schedules as there are ways to leave it.
 *
 * `victim` is how many threads there were in other runs, or 0. The first one
 * goes on until they are there, or it gives way; from then on it comes when
 * nobody else can, or somebody gives way. */
#include "strategy.h"

static unsigned points; /* of the one that has the turn, since it got it */
static bool closed;     /* the ring: all are there */

static void begin(void)
{
    points = 0;
    closed = rt->schedule.victim == 0;
}

static void born(struct rt_thread *t)
{
    (void)t;
}

/* The next one of the ring, which the first thread may be no part of. */
static int next_of(const struct options *o, bool with_first)
{
    int after = -1, least = -1;

    for (int i = 0; i < o->ready_count; i++) {
        int t = o->ready[i];
        if (t == 0 && !with_first) {
            continue;
        }
        after = t > o->current && (after < 0 || t < after) ? t : after;
        least = least < 0 || t < least ? t : least;
    }
    return after >= 0 ? after : least >= 0 ? least : o->base;
}

static int choose(const struct options *o)
{
    int expected = rt->schedule.victim;

    closed = closed || o->tired || atomic_load(&rt->thread_count) >= expected;
    if (!closed && strategy_is_ready(o, 0)) {
        return 0;
    }
    points += rt->threads[o->current].held_count == 0;
    if (strategy_is_ready(o, o->current) && !o->tired &&
        points < rt->schedule.from && (o->current != 0 || expected == 0)) {
        return o->current;
    }
    points = 0;
    return next_of(o, expected == 0 || o->tired);
}

const struct strategy strategy_turns = {"turns", begin, born,
                                        choose,  NULL,  true};
