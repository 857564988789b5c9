/* SPDX-License-Identifier: MIT */
/* mix.c - which schedules the runs of a case get.
 *
 * The first is the base schedule. After that the rows below take turns; what
 * they have in common is that no single one finds every kind of bug: close
 * interleavings break a check from its act, long runs fill queues and starve
 * readers, whoever holds a lock and asks for another waits until a circle is
 * closed, two threads meet before any other has begun, a ring of turns pushes
 * two counts up, early time-outs show who took a sleep for an order, spurious
 * wake-ups who took one for a signal, old values who took a relaxed store for
 * a release. */
#include "case.h"
#include "explore.h"
#include "strategy.h"

static const struct rt_schedule rows[] = {
    {.strategy = STRATEGY_PCT, .depth = 1, .weak = true},
    {.strategy = STRATEGY_PCT, .depth = 2},
    {.strategy = STRATEGY_RANDOM, .per_mille = 100},
    {.strategy = STRATEGY_PCT, .depth = 3},
    {.strategy = STRATEGY_PCT, .depth = 2, .spurious = true},
    {.strategy = STRATEGY_RANDOM, .per_mille = 500, .weak = true},
    {.strategy = STRATEGY_PCT, .depth = 2, .hasty = true},
    {.strategy = STRATEGY_RANDOM, .per_mille = 20, .spurious = true},
    {.strategy = STRATEGY_PCT, .depth = 3, .weak = true},
    {.strategy = STRATEGY_PCT, .depth = 1, .hasty = true},
    {.strategy = STRATEGY_RANDOM,
     .per_mille = 200,
     .hasty = true,
     .spurious = true,
     .weak = true},
    {.strategy = STRATEGY_FAVOUR},
    {.strategy = STRATEGY_TURNS},
    {.strategy = STRATEGY_HOLD, .per_mille = 900, .hasty = true},
    {.strategy = STRATEGY_STARVE}, /* the last: for exercises only, since a
                                      program may wait as it likes */
};
enum { ROWS = sizeof rows / sizeof rows[0] };
enum { TURN_MOST = 4 };
enum { INSTEAD = 2, FAR = 1000000 };
enum { STEPS_UNKNOWN = 60 }; /* of a case that was not run here before */

/* Each thread in turn, and all over its calls: steps of the golden ratio leave
 * no large gap, however few there are. Where they begin is the seed's. */
static void choose_victim(struct rt_schedule *s, const struct shape *shape)
{
    unsigned threads = (unsigned)(shape->threads + !shape->threads);
    unsigned turn = s->number / ROWS;
    uint64_t place =
        s->seed * 0xd1342543de82ef95u + turn / threads * 0x9e3779b97f4a7c15u;
    unsigned calls;

    s->victim = (int)(turn % threads);
    calls = shape->calls[s->victim];
    s->from = 1 + (unsigned)((place >> 40) * calls >> 24);
}

/* How long a turn is, and whether the first thread is part of the ring: which
 * follow from how often there was one. */
static void choose_ring(struct rt_schedule *s, const struct shape *shape)
{
    unsigned rings = s->number / ROWS;

    s->from = 1 + rings / 2 % TURN_MOST;
    s->victim = rings % 2 == 0 ? shape->threads : 0;
}

/* Where nobody asks for more while it holds something, there is nothing to hold
 * on to: a random walk is as good, under a number that it would not come to. */
void mix_schedule(struct rt_schedule *out, unsigned run, uint64_t seed,
                  const struct shape *shape)
{
    unsigned used = (unsigned)(ROWS - rt_case_whole);

    if (run == 0) {
        *out = (struct rt_schedule){.strategy = STRATEGY_REPLAY};
        return;
    }
    *out = rows[(run - 1) % used];
    if (out->strategy == STRATEGY_HOLD && !shape->nests) {
        run = (FAR + run / used) * used + INSTEAD + 1;
        *out = rows[INSTEAD];
    }
    out->seed = seed;
    out->number = run;
    out->length = shape->steps > 0 ? shape->steps : STEPS_UNKNOWN;
    if (out->strategy == STRATEGY_TURNS) {
        choose_ring(out, shape);
    } else if (strategies[out->strategy]->simple) {
        choose_victim(out, shape);
    }
}
