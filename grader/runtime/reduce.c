/* SPDX-License-Identifier: MIT */
/* reduce.c - see reduce.h.
 *
 * A failing schedule is a list of choices that differ from the base. Reducing
 * it is delta debugging (Zeller, Hildebrandt, TSE 2002): leave out part after
 * part, keep what still fails in the same way. What remains are the switches
 * that matter, and the story is told from that run. */
#include "reduce.h"
#include "failure.h"
#include "strategy.h"

#include <string.h>

enum {
    FEW = 12,     /* choices of which one or two may do */
    REDUCE = 400, /* runs spent on reducing one failure ... */
    SLOW_MS = 5,  /* ... where one that takes so long counts as two */
};

void reduce_keep(struct kept *k)
{
    memcpy(k->choices, rt->taken, (size_t)rt->taken_count * sizeof *k->choices);
    k->schedule = (struct rt_schedule){.strategy = STRATEGY_REPLAY,
                                       .choices = k->choices,
                                       .choice_count = rt->taken_count};
}

struct reduction {
    const struct explorer *e;
    struct failure want;
    struct rt_choice best[RT_CHOICES], trial[RT_CHOICES];
    int best_count, trial_count;
    struct outcome *o;
    int budget;
};

static bool still_fails(struct reduction *r, const struct rt_choice *choices,
                        int count)
{
    struct rt_schedule s = {
        .strategy = STRATEGY_REPLAY, .choices = choices, .choice_count = count};

    explore_run(r->e, &s, r->o);
    r->budget -= 1 + (int)(r->o->cpu_ms / SLOW_MS);
    r->budget = r->o->cut_off ? 0 : r->budget;
    return failure_is(&r->want, r->o);
}

/* The best list without `count` choices from `at` on. */
static void without(struct reduction *r, int at, int count)
{
    struct rt_choice *c = r->trial;
    int rest = r->best_count - at - count;

    memcpy(c, r->best, (size_t)at * sizeof *c);
    memcpy(c + at, r->best + at + count, (size_t)rest * sizeof *c);
    r->trial_count = at + rest;
}

/* The trial did: it is the best so far. */
static void take_trial(struct reduction *r)
{
    memcpy(r->best, r->trial, (size_t)r->trial_count * sizeof *r->trial);
    r->best_count = r->trial_count;
}

/* Tries to leave out each part of so many choices. True if one went. */
static bool leave_out(struct reduction *r, int part)
{
    int before = r->best_count;

    for (int at = 0; at < r->best_count && r->budget > 0;) {
        int n = r->best_count - at;
        n = n < part ? n : part;
        without(r, at, n);
        if (still_fails(r, r->trial, r->trial_count)) {
            take_trial(r);
        } else {
            at += n;
        }
    }
    return r->best_count < before;
}

/* Until no single choice can go: without one, another may not be needed that
 * was tried before. */
static void leave_out_parts(struct reduction *r)
{
    for (int part = r->best_count; part > 1; part /= 2) {
        leave_out(r, part);
    }
    while (leave_out(r, 1)) {
    }
}

static bool only(struct reduction *r, const int *which, int count)
{
    for (int i = 0; i < count; i++) {
        r->trial[i] = r->best[which[i]];
    }
    r->trial_count = count;
    return r->budget > 0 && still_fails(r, r->trial, count);
}

/* No single choice can be left out, but one or two alone may do, where the
 * others only put right what another had put wrong. */
static void find_few(struct reduction *r)
{
    int n = r->best_count;

    for (int a = 0; a < n && n > 1 && n <= FEW; a++) {
        if (only(r, (int[]){a}, 1)) {
            take_trial(r);
            return;
        }
    }
    for (int a = 0; a < n && n > 2 && n <= FEW; a++) {
        for (int b = a + 1; b < n; b++) {
            if (only(r, (int[]){a, b}, 2)) {
                take_trial(r);
                return;
            }
        }
    }
}

bool reduce(const struct explorer *e, struct outcome *o)
{
    static struct reduction r; /* too large for a stack */

    r.e = e;
    r.o = o;
    r.want = failure_of(o);
    r.budget = REDUCE;
    r.best_count = rt->taken_count;
    memcpy(r.best, rt->taken, (size_t)r.best_count * sizeof *r.best);
    if (!rt->taken_all || !still_fails(&r, r.best, r.best_count)) {
        return false;
    }
    leave_out_parts(&r);
    find_few(&r);
    return still_fails(&r, r.best, r.best_count);
}
