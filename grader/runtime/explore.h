/* SPDX-License-Identifier: MIT */
/* explore.h - the server's side of controlled runs: which schedules to try,
 * and the shortest account of one that fails. The server only. */
#ifndef EXPLORE_H
#define EXPLORE_H

#include "server.h"

/* What runs of a case look like, from those already made. */
struct shape {
    unsigned steps;
    int threads;
    bool nests; /* somebody took a lock, or the like, while it held one */
    unsigned calls[RT_THREADS]; /* wrapped calls of each thread */
};

/* The schedule of run number `run` (0 is the base) of an exploration that
 * `seed` names. */
void mix_schedule(struct rt_schedule *out, unsigned run, uint64_t seed,
                  const struct shape *shape);

/* What an exploration asks of the server: one run under a schedule. The
 * evidence is in `rt` and `o` afterwards. */
struct explorer {
    void *ctx;
    void (*run)(void *ctx, const struct rt_schedule *s, struct outcome *o);
    long until_ms; /* of now_ms: when to look no further; 0: for ever */
};

bool explorer_has_time(const struct explorer *e);

/* The same, and not too many runs have taken a whole time limit. */
bool explore_may_go_on(const struct explorer *e);

/* One run under `s`; what it shows of the program is learnt. */
void explore_run(const struct explorer *e, const struct rt_schedule *s,
                 struct outcome *o);

/* Of the last run, as a try: one, and more if it took long. */
unsigned explore_cost(const struct outcome *o);

struct explored {
    unsigned runs;     /* tried, those for minimising left out */
    unsigned next;     /* number of the run to go on with */
    bool failed;       /* the last run failed; `rt` and the outcome show it */
    bool exhausted;    /* nothing new to be expected */
    bool repeatable;   /* reduced to a list of choices, which failed again */
    bool steady;       /* the same schedule led to the same end every time */
    unsigned distinct; /* different schedules seen so far */
    bool complete;     /* a search has seen all schedules: `schedules` of them,
                          with `bound` preemptions at most (-1: any number) */
    unsigned schedules;
    int bound;
    unsigned left_out; /* enum rt_left_out: not tried in any of these */
    unsigned cut_off;  /* of the runs tried: at the time limit */
};

/* Before a schedule found earlier is replayed: what the program's result is
 * usually. */
void explore_expect(const struct explorer *e, struct outcome *o);

/* First, if `search` is not 0, search for all schedules with so many runs; that
 * is for the first call of a case. Then try schedules number `first` to `first
 * + count - 1`; stop at the first one that fails, reduce it and run it again in
 * its shortest form. */
struct explored explore(const struct explorer *e, unsigned search,
                        unsigned first, unsigned count, uint64_t seed,
                        struct outcome *o);

/* The shape of the case at hand, as far as known. */
const struct shape *explore_shape(void);

/* Forget what was seen: another case begins. */
void explore_reset(void);

#endif
