/* SPDX-License-Identifier: MIT */
/* explore.c - see explore.h.
 *
 * A failing schedule is a list of choices that differ from the base. Reducing
 * it is delta debugging (Zeller, Hildebrandt, TSE 2002): leave out part after
 * part, keep what still fails in the same way. What remains are the switches
 * that matter, and the story is told from that run. */
#include "explore.h"
#include "access.h"
#include "case.h"
#include "scheduler.h"
#include "search.h"
#include "strategy.h"

#include <stdlib.h>
#include <string.h>

enum {
    TRACES = 8192, /* schedules told apart */
    FEW = 12,      /* choices of which one or two may do */
    REDUCE = 400,  /* runs spent on reducing one failure ... */
    SLOW_MS = 5,   /* ... where one that takes so long counts as two */
    AGAIN = 5,     /* tries to see a failure once more */
    SEEK = 40,     /* runs to see a wait in a loop */
    ALIBIS = 300,  /* tries to see one without what is suspected */
    WORSE = 60,    /* tries to see what a race leads to */
    TRY_MS = 30,   /* a try that takes so long counts as two */
    PATIENCE = 20, /* runs without news, at least, before giving up */
    CUT_OFFS = 3,  /* runs of a whole time limit each, likewise */
};

static uint64_t traces[TRACES]; /* open addressing, 0 is free */
static unsigned distinct, since_news, cut_offs;
static struct shape shape;

/* What the runs of a program that saw no spurious wake-up print and end with:
 * 0 until there was one. */
static uint64_t usual;
static unsigned usual_runs;
static bool usual_varies;

/* Waits that proved to be in a loop, in any run of the case. */
enum { LOOPS = 64 };
static uintptr_t loops[LOOPS];
static int loop_count;

void explore_reset(void)
{
    access_reset();
    loop_count = 0;
    usual = usual_runs = 0;
    usual_varies = false;
    memset(traces, 0, sizeof traces);
    distinct = since_news = cut_offs = 0;
    memset(&shape, 0, sizeof shape);
}

bool explore_is_loop(uintptr_t wait)
{
    for (int i = 0; i < loop_count; i++) {
        if (loops[i] == wait) {
            return true;
        }
    }
    return false;
}

static void learn_loops(void)
{
    for (int i = 0; i < rt->loops.count && loop_count < LOOPS; i++) {
        if (!explore_is_loop(rt->loops.pc[i])) {
            loops[loop_count++] = rt->loops.pc[i];
        }
    }
}

static void run(const struct explorer *e, const struct rt_schedule *s,
                struct outcome *o)
{
    e->run(e->ctx, s, o);
    learn_loops();
    cut_offs += o->cut_off && !rt->endless; /* else that is how it ends */
}

bool explorer_has_time(const struct explorer *e)
{
    return e->until_ms == 0 || now_ms() < e->until_ms;
}

/* Of a try: one, and more if it takes long. */
static unsigned cost(const struct outcome *o)
{
    return 1 + (unsigned)(o->cpu_ms / TRY_MS);
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

static bool counts(const struct rt_note *n)
{
    return n->kind != NOTE_SPURIOUS && n->kind != NOTE_NOT_JOINED &&
           !(n->kind == NOTE_LOCK_ORDER &&
             (rt_case_whole || strcmp(n->word, "overlap") == 0));
}

/* Its index, or -1. */
static int first_note(void)
{
    for (int i = 0; i < rt->note_count; i++) {
        if (counts(&rt->notes[i])) {
            return i;
        }
    }
    return -1;
}

/* True if a thread went on after a spurious wake-up; `again`: and waited there
 * once more later. */
static bool woke_up(bool again)
{
    for (int i = 0; i < rt->note_count; i++) {
        const struct rt_note *n = &rt->notes[i];
        if (n->kind == NOTE_SPURIOUS && (n->again || !again)) {
            return true;
        }
    }
    return false;
}

uint64_t explore_result(const struct outcome *o)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV */

    for (size_t i = 0; i < o->output_length; i++) {
        h = (h ^ (unsigned char)o->output[i]) * 0x100000001b3u;
    }
    return (h ^ (uint64_t)o->output_size) * 0x100000001b3u +
           (uint64_t)rt->exit_status + 1;
}

static void learn_usual(const struct outcome *o)
{
    if (rt_case_whole && o->end == END_COMPLETED && !rt->pruned &&
        !woke_up(false)) {
        usual = usual_runs++ == 0 ? explore_result(o) : usual;
        usual_varies = usual_varies || usual != explore_result(o);
    }
}

/* A program whose result no other schedule changes, but a wake-up that nobody
 * sent does, has taken that for a signal. */
static bool differs(const struct outcome *o)
{
    return usual_runs >= PATIENCE && !usual_varies && o->end == END_COMPLETED &&
           woke_up(false) && explore_result(o) != usual;
}

void explore_expect(const struct explorer *e, struct outcome *o)
{
    static const struct rt_schedule base = {.strategy = STRATEGY_REPLAY};

    explore_reset();
    if (rt_case_whole) {
        run(e, &base, o);
        learn_usual(o);
        usual_runs *= PATIENCE; /* it was seen often when this was found */
    }
}

bool explore_differs(const struct outcome *o)
{
    return differs(o);
}

/* What makes two failures the same one. */
struct signature {
    enum rt_end end;
    const char *word;
    int note, crash_signal, reports, exit_status;
    bool differs;
    uintptr_t note_pc, crash_pc;
    unsigned line;
};

static struct signature signature(const struct outcome *o)
{
    int n = first_note();

    return (struct signature){
        .end = o->end == END_STUCK ? END_DEADLOCK : o->end,
        .word = o->word,
        .note = n >= 0 ? rt->notes[n].kind : -1,
        .note_pc = n >= 0 ? rt->notes[n].at.pc[0] : 0,
        .crash_signal = rt->crash_signal,
        .crash_pc = rt->crash_signal != 0 ? rt->crash.pc[0] : 0,
        .reports = rt->report_count > 0,
        .differs = differs(o),
        .exit_status = rt->exit_status,
        .line = rt->failure_count > 0 ? rt->failure.line : 0};
}

static bool same(const struct signature *a, const struct signature *b)
{
    return a->end == b->end && a->word == b->word && a->note == b->note &&
           a->note_pc == b->note_pc && a->crash_signal == b->crash_signal &&
           a->crash_pc == b->crash_pc && a->line == b->line &&
           a->reports == b->reports && a->differs == b->differs &&
           a->exit_status == b->exit_status;
}

bool explore_unexpected(const struct outcome *o)
{
    const char *expected = getenv("TL_EXPECT");

    return rt_case_whole && expected != NULL && o->end == END_COMPLETED &&
           rt->exit_status != (int)strtol(expected, NULL, 0);
}

bool explore_failed(const struct outcome *o)
{
    if (rt->pruned) {
        return first_note() >= 0 || rt->report_count > 0;
    }
    return (o->end != END_COMPLETED && o->end != END_SKIPPED) ||
           explore_unexpected(o) || first_note() >= 0 || rt->report_count > 0 ||
           rt->text_length > 0 || differs(o);
}

struct reduction {
    const struct explorer *e;
    struct signature want;
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
    struct signature now;

    run(r->e, &s, r->o);
    r->budget -= 1 + (int)(r->o->cpu_ms / SLOW_MS);
    r->budget = r->o->cut_off ? 0 : r->budget;
    now = signature(r->o);
    return same(&now, &r->want);
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
static void reduce(struct reduction *r)
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

/* The last run failed: find its shortest form and run that. Returns whether
 * the failure came again. */
static bool shorten(const struct explorer *e, struct outcome *o)
{
    static struct reduction r; /* too large for a stack */
    struct signature want = signature(o);

    r.e = e;
    r.o = o;
    r.want = want;
    r.budget = REDUCE;
    r.best_count = rt->taken_count;
    memcpy(r.best, rt->taken, (size_t)r.best_count * sizeof *r.best);
    if (!rt->taken_all || !still_fails(&r, r.best, r.best_count)) {
        return false;
    }
    reduce(&r);
    find_few(&r);
    return still_fails(&r, r.best, r.best_count);
}

/* Runs the schedule again until it ends as the last run did. Returns how many
 * runs that took; 0 if it did not. */
static int again_the_same(const struct explorer *e, const struct rt_schedule *s,
                          struct outcome *o)
{
    struct signature want = signature(o), now;

    for (int tries = 1; tries <= AGAIN; tries++) {
        run(e, s, o);
        now = signature(o);
        if (same(&now, &want)) {
            return tries;
        }
    }
    return 0;
}

/* What a run may hold that is no order of steps. If it is left in a failure, it
 * is blamed. */
enum suspect { WAKE_UP, OLD_VALUE, SUSPECTS };

static bool present(enum suspect s)
{
    /* A wait that was not taken up again may have looked in between. */
    return s == WAKE_UP ? woke_up(true) : rt->weakened;
}

/* A run that can be had again. */
struct kept {
    struct rt_choice choices[RT_CHOICES];
    struct rt_schedule schedule;
};

/* The last run. */
static void keep(struct kept *k)
{
    memcpy(k->choices, rt->taken, (size_t)rt->taken_count * sizeof *k->choices);
    k->schedule = (struct rt_schedule){.strategy = STRATEGY_REPLAY,
                                       .choices = k->choices,
                                       .choice_count = rt->taken_count};
}

/* True if in the last run somebody was signalled at a wait that is in no loop,
 * and another had the mutex first: it fails as after a wake-up nobody sent. */
static bool came_late(void)
{
    for (int i = 0; i < rt->late.count; i++) {
        if (!explore_is_loop(rt->late.pc[i])) {
            return true;
        }
    }
    return false;
}

/* The last run failed. Look for a run that fails in the same way without what
 * is absent: what is wrong is something else then. */
static bool fails_without(const struct explorer *e, const bool *absent,
                          uint64_t seed, struct outcome *o)
{
    struct signature want = signature(o), now;
    struct rt_schedule s;

    for (unsigned i = 1, spent = 0;
         spent < ALIBIS && cut_offs < CUT_OFFS && explorer_has_time(e); i++) {
        mix_schedule(&s, i, ~seed, &shape); /* none that was run already */
        s.spurious = s.spurious && !absent[WAKE_UP];
        s.weak = s.weak && !absent[OLD_VALUE];
        run(e, &s, o);
        spent += cost(o);
        now = signature(o);
        if (same(&now, &want) && !(absent[WAKE_UP] && came_late())) {
            return true;
        }
    }
    return false;
}

/* Whoever woke up and went on may have found what it waited for: if the wait is
 * in a loop, some other run shows it. */
static void seek_loops(const struct explorer *e, uint64_t seed,
                       struct outcome *o)
{
    struct rt_schedule s;

    access_keep(true); /* what is explored later is not to depend on this */
    for (unsigned i = 1;
         i <= SEEK && cut_offs < CUT_OFFS && explorer_has_time(e); i++) {
        mix_schedule(&s, i, ~seed, &shape);
        s.spurious = true;
        run(e, &s, o);
    }
    access_keep(false);
}

void explore_seek_loops(const struct explorer *e, struct outcome *o)
{
    seek_loops(e, 1, o);
}

/* The last run failed, and somebody came late to a wait in no loop. Look for a
 * run that fails in the same way because of a wake-up there that nobody sent:
 * that proves what is wrong. Else that run again. */
static void seek_wake_up(const struct explorer *e, uint64_t seed,
                         struct outcome *o)
{
    static struct kept late;
    struct signature want = signature(o), now;
    struct rt_schedule s;

    keep(&late);
    for (unsigned i = 1, spent = 0;
         spent < ALIBIS && cut_offs < CUT_OFFS && explorer_has_time(e); i++) {
        mix_schedule(&s, i, ~seed, &shape);
        s.spurious = true;
        run(e, &s, o);
        spent += cost(o);
        now = signature(o);
        if (same(&now, &want) && woke_up(false) && rt->taken_all &&
            shorten(e, o) && woke_up(false)) {
            return;
        }
    }
    run(e, &late.schedule, o);
}

/* Leave out of what failed what it fails without. */
static void clear(const struct explorer *e, uint64_t seed, struct outcome *o)
{
    static struct kept before;
    bool absent[SUSPECTS] = {false};

    for (int i = 0; i < SUSPECTS; i++) {
        if (!present(i)) {
            continue;
        }
        keep(&before);
        absent[i] = true;
        if (!fails_without(e, absent, seed, o) || !shorten(e, o)) {
            absent[i] = false;
            run(e, &before.schedule, o);
        }
    }
}

/* Shorten what failed, and clear it of what is innocent. */
static bool shorten_and_clear(const struct explorer *e, uint64_t seed,
                              struct outcome *o)
{
    static struct kept shortest;

    if (!shorten(e, o)) {
        return false;
    }
    if (woke_up(false) || rt->late.count > 0) {
        keep(&shortest);
        seek_loops(e, seed, o);
        run(e, &shortest.schedule, o);
    }
    if (!woke_up(false) && came_late()) {
        seek_wake_up(e, seed, o);
    }
    clear(e, seed, o);
    return true;
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
    x->repeatable =
        s->strategy != STRATEGY_STARVE && shorten_and_clear(e, seed, o);
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
           first_note() < 0 && rt->text_length == 0 && !differs(o);
}

/* The last run had a race. From now on the threads can change places where it
 * was: look for a run that shows what it leads to; else have that one again.
 * `s` is the schedule of the last run then. False: it does not come again. */
static bool find_worse(const struct explorer *e, struct rt_schedule *s,
                       uint64_t seed, struct outcome *o)
{
    static struct kept raced;

    keep(&raced);
    for (unsigned i = 1, spent = 0;
         spent < WORSE && cut_offs < CUT_OFFS && explorer_has_time(e); i++) {
        mix_schedule(s, i, seed, &shape);
        run(e, s, o);
        spent += cost(o);
        learn_shape();
        if (rt->report_count > 0 && !only_races(o)) {
            return true;
        }
    }
    *s = raced.schedule;
    for (int tries = 0; tries < AGAIN; tries++) {
        run(e, s, o);
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
        run(e, &s, o);
        x.runs++;
        x.cut_off += o->cut_off;
        learn_shape();
        learn_usual(o);
        since_news = is_news(rt->trace) ? 0 : since_news + 1;
        x.failed = explore_failed(o);
        x.exhausted = since_news > PATIENCE + 2 * distinct ||
                      cut_offs >= CUT_OFFS ||
                      atomic_load(&rt->thread_count) == 1;
    }
    x.distinct = distinct;
    if (x.failed && only_races(o) && rt->taken_all) {
        x.failed = find_worse(e, &s, seed, o);
    }
    if (x.failed) {
        settle(e, &s, seed, &x, o);
    }
    o->differs = x.failed && differs(o);
    return x;
}
