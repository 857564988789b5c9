/* SPDX-License-Identifier: MIT */
/* blame.c - see blame.h. */
#include "blame.h"
#include "access.h"
#include "failure.h"
#include "reduce.h"

enum {
    SEEK = 40,    /* runs to see a wait in a loop */
    ALIBIS = 300, /* tries to see one without what is suspected */
};

/* Waits that proved to be in a loop, in any run of the case. */
enum { LOOPS = 64 };
static uintptr_t loops[LOOPS];
static int loop_count;

void blame_reset(void)
{
    loop_count = 0;
}

bool blame_is_loop(uintptr_t wait)
{
    return rt_is_among(wait, loops, loop_count);
}

void blame_learn(void)
{
    for (int i = 0; i < rt->loops.count && loop_count < LOOPS; i++) {
        if (!blame_is_loop(rt->loops.pc[i])) {
            loops[loop_count++] = rt->loops.pc[i];
        }
    }
}

/* What a run may hold that is no order of steps. If it is left in a failure, it
 * is blamed. */
enum suspect { WAKE_UP, OLD_VALUE, SUSPECTS };

static bool present(enum suspect s)
{
    /* A wait that was not taken up again may have looked in between. */
    return s == WAKE_UP ? failure_woke_up(true) : rt->weakened;
}

/* True if in the last run somebody was signalled at a wait that is in no loop,
 * and another had the mutex first: it fails as after a wake-up nobody sent. */
static bool came_late(void)
{
    for (int i = 0; i < rt->late.count; i++) {
        if (!blame_is_loop(rt->late.pc[i])) {
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
    struct failure want = failure_of(o);
    struct rt_schedule s;

    for (unsigned i = 1, spent = 0; spent < ALIBIS && explore_may_go_on(e);
         i++) {
        /* None that was run already. */
        mix_schedule(&s, i, ~seed, explore_shape());
        s.spurious = s.spurious && !absent[WAKE_UP];
        s.weak = s.weak && !absent[OLD_VALUE];
        explore_run(e, &s, o);
        spent += explore_cost(o);
        if (failure_is(&want, o) && !(absent[WAKE_UP] && came_late())) {
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
    for (unsigned i = 1; i <= SEEK && explore_may_go_on(e); i++) {
        mix_schedule(&s, i, ~seed, explore_shape());
        s.spurious = true;
        explore_run(e, &s, o);
    }
    access_keep(false);
}

void blame_seek_loops(const struct explorer *e, struct outcome *o)
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
    struct failure want = failure_of(o);
    struct rt_schedule s;

    reduce_keep(&late);
    for (unsigned i = 1, spent = 0; spent < ALIBIS && explore_may_go_on(e);
         i++) {
        mix_schedule(&s, i, ~seed, explore_shape());
        s.spurious = true;
        explore_run(e, &s, o);
        spent += explore_cost(o);
        if (failure_is(&want, o) && failure_woke_up(false) && rt->taken_all &&
            reduce(e, o) && failure_woke_up(false)) {
            return;
        }
    }
    explore_run(e, &late.schedule, o);
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
        reduce_keep(&before);
        absent[i] = true;
        if (!fails_without(e, absent, seed, o) || !reduce(e, o)) {
            absent[i] = false;
            explore_run(e, &before.schedule, o);
        }
    }
}

bool blame(const struct explorer *e, uint64_t seed, struct outcome *o)
{
    static struct kept shortest;

    if (!reduce(e, o)) {
        return false;
    }
    if (failure_woke_up(false) || rt->late.count > 0) {
        reduce_keep(&shortest);
        seek_loops(e, seed, o);
        explore_run(e, &shortest.schedule, o);
    }
    if (!failure_woke_up(false) && came_late()) {
        seek_wake_up(e, seed, o);
    }
    clear(e, seed, o);
    return true;
}
