/* SPDX-License-Identifier: MIT */
/* mix.c - which schedules the runs of a case get.
 *
 * The first is the base schedule. After that the rows below take turns; what
 * they have in common is that no single one finds every kind of bug: close
 * interleavings break a check from its act, long runs fill queues and starve
 * readers, early time-outs show who took a sleep for an order, spurious
 * wake-ups who took one for a signal. */
#include "explore.h"
#include "strategy.h"

static const struct rt_schedule rows[] = {
    {.strategy = STRATEGY_PCT, .depth = 1},
    {.strategy = STRATEGY_PCT, .depth = 2},
    {.strategy = STRATEGY_RANDOM, .per_mille = 100},
    {.strategy = STRATEGY_PCT, .depth = 3},
    {.strategy = STRATEGY_PCT, .depth = 2, .spurious = true},
    {.strategy = STRATEGY_RANDOM, .per_mille = 500},
    {.strategy = STRATEGY_PCT, .depth = 2, .hasty = true},
    {.strategy = STRATEGY_RANDOM, .per_mille = 20, .spurious = true},
    {.strategy = STRATEGY_PCT, .depth = 3},
    {.strategy = STRATEGY_PCT, .depth = 1, .hasty = true},
    {.strategy = STRATEGY_RANDOM,
     .per_mille = 200,
     .hasty = true,
     .spurious = true},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

void mix_schedule(struct rt_schedule *out, unsigned run, uint64_t seed,
                  unsigned length)
{
    if (run == 0) {
        *out = (struct rt_schedule){.strategy = STRATEGY_REPLAY};
        return;
    }
    *out = rows[(run - 1) % ROWS];
    out->seed = seed * 0x9e3779b97f4a7c15u + run;
    out->length = length;
}
