/* SPDX-License-Identifier: MIT */
/* explore.c - see explore.h. */
#include "explore.h"
#include "access.h"
#include "blame.h"
#include "case.h"
#include "failure.h"
#include "reduce.h"
#include "scheduler.h"
#include "search.h"
#include "strategy.h"

#include <string.h>

enum {
    TRACES = 8192, /* schedules told apart */
    AGAIN = 5,     /* tries to see a failure once more */
    WORSE = 60,    /* tries to see what a race leads to */
    TRY_MS = 30,   /* a try that takes so long counts as two */
    PATIENCE = 20, /* runs without news, at least, before giving up */
    TRIES = 100,   /* the same, where few runs try what atomics may do */
    CUT_OFFS = 3,  /* runs of a whole time limit each, likewise */
};

static uint64_t traces[TRACES]; /* open addressing, 0 is free */
static unsigned distinct, since_news, cut_offs;
static struct shape shape;

void explore_reset(void)
{
    access_reset();
    blame_reset();
    failure_reset();
    memset(traces, 0, sizeof traces);
    distinct = since_news = cut_offs = 0;
    memset(&shape, 0, sizeof shape);
}

void explore_run(const struct explorer *e, const struct rt_schedule *s,
                 struct outcome *o)
{
    e->run(e->ctx, s, o);
    blame_learn();
    cut_offs += o->cut_off && !rt->endless; /* else that is how it ends */
}

bool explorer_has_time(const struct explorer *e)
{
    return e->until_ms == 0 || now_ms() < e->until_ms;
}

unsigned explore_cost(const struct outcome *o)
{
    return 1 + (unsigned)(o->cpu_ms / TRY_MS);
}

bool explore_may_go_on(const struct explorer *e)
{
    return cut_offs < CUT_OFFS && explorer_has_time(e);
}

const struct shape *explore_shape(void)
{
    return &shape;
}

static void learn_shape(void)
{
    int threads = atomic_load(&rt->thread_count);

    shape.steps = rt->points > shape.steps ? rt->points : shape.steps;
    shape.threads = threads > shape.threads ? threads : shape.threads;
    shape.nests = shape.nests || rt->nests;
    for (int i = 0; i < threads; i++) {
        if (rt->threads[i].ops > shape.calls[i]) {
            shape.calls[i] = rt->threads[i].ops;
        }
    }
}

/* True if this schedule was not seen before. */
static bool is_news(uint64_t trace)
{
    size_t at = (size_t)(trace % TRACES);

    trace += trace == 0;
    for (size_t i = 0; i < TRACES; i++, at = (at + 1) % TRACES) {
        if (traces[at] == trace) {
            return false;
        }
        if (traces[at] == 0) {
            traces[at] = trace;
            distinct++;
            return true;
        }
    }
    return false;
}

void explore_expect(const struct explorer *e, struct outcome *o)
{
    static const struct rt_schedule base = {.strategy = STRATEGY_REPLAY};

    explore_reset();
    if (rt_case_whole) {
        explore_run(e, &base, o);
        failure_learn(o, FAILURE_USUAL); /* it was seen often when found */
    }
}

/* Runs the schedule again until it ends as the last run did. Returns how many
 * runs that took; 0 if it did not. */
static int again_the_same(const struct explorer *e, const struct rt_schedule *s,
                          struct outcome *o)
{
    struct failure want = failure_of(o);

    for (int tries = 1; tries <= AGAIN; tries++) {
        explore_run(e, s, o);
        if (failure_is(&want, o)) {
            return tries;
        }
    }
    return 0;
}

/* The last run, under `s`, failed. What is shown must be there, so it is run
 * again until it fails in that way once more. */
static void settle(const struct explorer *e, const struct rt_schedule *s,
                   uint64_t seed, struct explored *x, struct outcome *o)
{
    bool whole = rt->taken_all;
    int tries;

    if (o->end == END_TIMEOUT && !sched_only_time()) {
        x->steady = true; /* each try would take the whole time limit; it counts
                             only if the grader has it again */
        return;
    }
    x->repeatable = s->strategy != STRATEGY_STARVE && blame(e, seed, o);
    x->steady = x->repeatable || !whole || s->strategy == STRATEGY_STARVE;
    if (!x->repeatable) {
        tries = again_the_same(e, s, o);
        x->failed = tries > 0;
        x->steady = x->steady && tries == 1;
    }
}

/* All that is wrong with the last run is a data race. */
static bool only_races(const struct outcome *o)
{
    return rt->report_count > 0 && o->end == END_COMPLETED &&
           failure_note() < 0 && rt->text_length == 0 && !failure_differs(o);
}

/* The last run had a race. From now on the threads can change places where it
 * was: look for a run that shows what it leads to; else have that one again.
 * `s` is the schedule of the last run then. False: it does not come again. */
static bool find_worse(const struct explorer *e, struct rt_schedule *s,
                       uint64_t seed, struct outcome *o)
{
    static struct kept raced;

    reduce_keep(&raced);
    for (unsigned i = 1, spent = 0; spent < WORSE && explore_may_go_on(e);
         i++) {
        mix_schedule(s, i, seed, &shape);
        explore_run(e, s, o);
        spent += explore_cost(o);
        learn_shape();
        if (rt->report_count > 0 && !only_races(o)) {
            return true;
        }
    }
    *s = raced.schedule;
    for (int tries = 0; tries < AGAIN; tries++) {
        explore_run(e, s, o);
        if (rt->report_count > 0) {
            return true;
        }
    }
    return false;
}

/* All schedules, if they are few; else all with no preemption, with one, and so
 * on, for as long as the budget lasts. */
static void search_all(const struct explorer *e, unsigned budget,
                       struct explored *x, struct outcome *o)
{
    struct searched all = search(e, SEARCH_FREELY, true, budget / 2, o), some;
    unsigned used = all.runs;
    bool over = all.complete || all.failed || all.runs < budget / 2;

    for (int bound = 0; !over && used < budget; bound++) {
        some = search(e, bound, true, budget - used, o);
        used += some.runs;
        over = !some.complete;
        all = some.complete || some.failed ? some : all;
    }
    x->runs += used;
    x->cut_off += o->cut_off; /* no search goes on after such a run */
    x->failed = all.failed;
    x->complete = all.complete;
    x->schedules = all.schedules;
    x->bound = all.bound;
    x->left_out = all.left_out;
}

static unsigned patience(void)
{
    return rt->left_out != 0 ? TRIES : PATIENCE;
}

struct explored explore(const struct explorer *e, unsigned search,
                        unsigned first, unsigned count, uint64_t seed,
                        struct outcome *o)
{
    struct rt_schedule s;
    struct explored x = {.next = first};

    if (search > 0) {
        search_all(e, search, &x, o);
        s = rt->schedule;
        count += x.runs;
    }
    while (x.runs < count && !x.failed && !x.exhausted &&
           explorer_has_time(e)) {
        mix_schedule(&s, x.next++, seed, &shape);
        explore_run(e, &s, o);
        x.runs++;
        x.cut_off += o->cut_off;
        learn_shape();
        failure_learn(o, 1);
        since_news = is_news(rt->trace) ? 0 : since_news + 1;
        x.failed = failure_in(o);
        x.exhausted =
            since_news > patience() + 2 * distinct || cut_offs >= CUT_OFFS ||
            (atomic_load(&rt->thread_count) == 1 && rt->left_out == 0);
    }
    x.distinct = distinct;
    if (x.failed && only_races(o) && rt->taken_all) {
        x.failed = find_worse(e, &s, seed, o);
    }
    if (x.failed) {
        settle(e, &s, seed, &x, o);
    }
    o->differs = x.failed && failure_differs(o);
    return x;
}
