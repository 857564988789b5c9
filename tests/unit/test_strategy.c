/* SPDX-License-Identifier: MIT */
/* test_strategy.c - the strategies of controlled runs and their mix, each by
 * itself: asked for choices again and again on a shared page of the test's
 * own, without threads and without the scheduler.
 *
 * The sources are included, for they keep their functions to themselves.
 * Whatever is counted here follows from a fixed seed, and the bounds are at
 * least five standard deviations wide. */
#include "runtime/strategy.h"

#define begin  walk_begin
#define born   walk_born
#define choose walk_choose
#include "runtime/strategy_walk.c"
#undef begin
#undef born
#undef choose
#define begin  pct_begin
#define born   pct_born
#define choose pct_choose
#include "runtime/strategy_pct.c"
#undef begin
#undef born
#undef choose
#define begin  replay_begin
#define born   replay_born
#define choose replay_choose
#include "runtime/strategy_replay.c"
#undef begin
#undef born
#undef choose
#define begin  starve_begin
#define born   starve_born
#define choose starve_choose
#include "runtime/strategy_starve.c"
#undef begin
#undef born
#undef choose
#define begin  favour_begin
#define born   favour_born
#define choose favour_choose
#include "runtime/strategy_favour.c"
#undef begin
#undef born
#undef choose
#define begin  turns_begin
#define born   turns_born
#define choose turns_choose
#include "runtime/strategy_turns.c"
#undef begin
#undef born
#undef choose
#define begin   hold_begin
#define born    hold_born
#define choose  hold_choose
#define next_of hold_next_of
#include "runtime/strategy_hold.c"
#undef begin
#undef born
#undef choose
#undef next_of

#include "runtime/case.h"
#include "runtime/explore.h"

static bool whole; /* the case at hand is a whole program */
#define rt_case_whole whole
#include "runtime/mix.c"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct run page = {.rng = 0x5eed};
struct run *rt = &page;

const struct strategy *const strategies[STRATEGIES] = {
    [STRATEGY_REPLAY] = &strategy_replay, [STRATEGY_RANDOM] = &strategy_walk,
    [STRATEGY_PCT] = &strategy_pct,       [STRATEGY_STARVE] = &strategy_starve,
    [STRATEGY_FAVOUR] = &strategy_favour, [STRATEGY_TURNS] = &strategy_turns,
    [STRATEGY_HOLD] = &strategy_hold};

/* As in scheduler.c: splitmix64. */
uint32_t strategy_random(uint32_t below)
{
    uint64_t x = rt->rng += 0x9e3779b97f4a7c15u;

    cr_assert_neq(below, 0, "a number below 0");
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    return (uint32_t)((x >> 32) * below >> 32);
}

/* Threads 0 to `count - 1` may run; `current` has the turn. */
static struct options all_ready(int count, int current)
{
    struct options o = {.current = current, .base = current};

    for (int i = 0; i < count; i++) {
        o.ready[o.ready_count++] = i;
    }
    return o;
}

static bool is_offered(const struct options *o, int chosen)
{
    return strategy_offered(o->ready, o->ready_count, chosen) ||
           strategy_offered(o->early, o->early_count, chosen);
}

/* -- the random walk ---------------------------------------------------------
 */

enum { DRAWS = 20000 };

Test(strategy, a_walk_switches_as_often_as_it_is_told)
{
    static const unsigned rates[] = {0, 20, 100, 500, 1000};

    for (size_t i = 0; i < COUNT(rates); i++) {
        /* It may draw the one that has the turn: three of four are others. */
        int expected = (int)(DRAWS * rates[i] / 1000 * 3 / 4), left = 0;
        rt->schedule.per_mille = rates[i];
        for (int n = 0; n < DRAWS; n++) {
            struct options o = all_ready(4, n % 4);
            left += strategy_walk.choose(&o) != o.current;
        }
        cr_expect_lt(abs(left - expected), rates[i] == 0 ? 1 : 400,
                     "%u per mille: %d times, not %d", rates[i], left,
                     expected);
    }
}

Test(strategy, a_walk_gives_everybody_the_same_chance)
{
    int times[4] = {0};

    rt->schedule.per_mille = 1000;
    for (int n = 0; n < DRAWS; n++) {
        struct options o = all_ready(4, 2);
        times[strategy_walk.choose(&o)]++;
    }
    for (int i = 0; i < 4; i++) {
        cr_expect_lt(abs(times[i] - DRAWS / 4), 400, "T%d: %d times", i,
                     times[i]);
    }
}

/* Who yields cannot usefully go on, however seldom the walk switches. */
Test(strategy, a_walk_lets_others_go_before_the_tired)
{
    int same = 0;

    rt->schedule.per_mille = 0;
    for (int n = 0; n < DRAWS; n++) {
        struct options o = all_ready(4, 2);
        o.tired = true;
        same += strategy_walk.choose(&o) == 2;
    }
    cr_expect_lt(abs(same - DRAWS / 4), 400, "%d times", same);
}

Test(strategy, a_walk_wakes_somebody_early_one_time_in_eight)
{
    int sleeper = 0, waiter = 0;

    rt->schedule.per_mille = 500;
    for (int n = 0; n < DRAWS; n++) {
        struct options o = all_ready(2, 0);
        int chosen;
        o.early[o.early_count++] = 5;
        o.early[o.early_count++] = STRATEGY_SPURIOUS + 6;
        chosen = strategy_walk.choose(&o);
        sleeper += chosen == 5;
        waiter += chosen == STRATEGY_SPURIOUS + 6;
    }
    cr_expect_lt(abs(sleeper - DRAWS / 16), 200, "%d times", sleeper);
    cr_expect_lt(abs(waiter - DRAWS / 16), 200, "%d times", waiter);
}

/* -- what holds for all ------------------------------------------------------
 */

/* Anybody may have the turn, one who is not ready any more included. */
static struct options any_options(void)
{
    struct options o = {.current = (int)strategy_random(8),
                        .tired = strategy_random(4) == 0};

    for (int i = 0; i < 8; i++) {
        switch (strategy_random(4)) {
        case 0:
            o.ready[o.ready_count++] = i;
            break;
        case 1:
            o.early[o.early_count++] = i;
            break;
        case 2:
            o.early[o.early_count++] = i + STRATEGY_SPURIOUS;
            break;
        default: /* it waits for something that has not come */
            break;
        }
    }
    if (o.ready_count == 0) {
        o.early_count = 0;
        o.ready[o.ready_count++] = (int)strategy_random(8);
    }
    o.base = o.ready[strategy_random((uint32_t)o.ready_count)];
    return o;
}

Test(strategy, nobody_is_chosen_who_is_not_offered)
{
    static const struct strategy *const all[] = {
        &strategy_walk,   &strategy_pct,   &strategy_replay, &strategy_starve,
        &strategy_favour, &strategy_turns, &strategy_hold};
    static const struct rt_choice choices[] = {
        {0, 0, 0, 1}, {1, 0, 0, 2}, {2, 0, 0, STRATEGY_SPURIOUS + 3}};

    rt->schedule = (struct rt_schedule){.per_mille = 500,
                                        .depth = 3,
                                        .length = 100,
                                        .choices = choices,
                                        .choice_count = COUNT(choices)};
    rt->lowest = 1u << 30;
    for (size_t i = 0; i < COUNT(all); i++) {
        all[i]->begin();
        for (int t = 0; t < 8; t++) {
            all[i]->born(&rt->threads[t]);
        }
        for (rt->steps = 0; rt->steps < DRAWS; rt->steps++) {
            struct options o = any_options();
            int chosen = all[i]->choose(&o);
            cr_assert(is_offered(&o, chosen), "%s chooses %d", all[i]->name,
                      chosen);
        }
    }
}

/* -- PCT ---------------------------------------------------------------------
 */

static void pct_start(unsigned depth, unsigned length, int threads)
{
    memset(rt->change_at, 0, sizeof rt->change_at);
    rt->schedule = (struct rt_schedule){.depth = depth, .length = length};
    rt->lowest = 1u << 30;
    rt->steps = 0;
    strategy_pct.begin();
    for (int i = 0; i < threads; i++) {
        strategy_pct.born(&rt->threads[i]);
    }
}

static int pct_highest(int threads)
{
    int best = 0;

    for (int i = 1; i < threads; i++) {
        if (rt->threads[i].priority > rt->threads[best].priority) {
            best = i;
        }
    }
    return best;
}

Test(strategy, pct_runs_the_highest_priority_until_it_waits)
{
    int first[4] = {0};

    for (int n = 0; n < 400; n++) {
        struct options o = all_ready(4, n % 4);
        int best;
        pct_start(1, 100, 4);
        best = pct_highest(4);
        first[best]++;
        cr_assert_eq(strategy_pct.choose(&o), best);
        /* It waits: the highest of the others runs, wherever it stands. */
        o.ready[best] = o.ready[--o.ready_count];
        rt->threads[best].priority = 0;
        cr_assert_eq(strategy_pct.choose(&o), pct_highest(4));
    }
    for (int i = 0; i < 4; i++) {
        cr_expect_lt(abs(first[i] - 100), 50, "T%d is first in %d of 400", i,
                     first[i]);
    }
}

Test(strategy, pct_takes_an_early_sleeper_but_no_spurious_wake_up_for_ready)
{
    int spurious = 0;

    for (int n = 0; n < DRAWS; n++) {
        struct options o = {.current = 0, .base = 0, .ready_count = 1};
        int chosen;
        pct_start(1, 100, 3);
        rt->threads[1].priority = UINT32_MAX - 1;
        rt->threads[2].priority = UINT32_MAX;
        o.early[o.early_count++] = 1;
        o.early[o.early_count++] = STRATEGY_SPURIOUS + 2;
        chosen = strategy_pct.choose(&o);
        spurious += chosen == STRATEGY_SPURIOUS + 2;
        cr_assert(chosen == 1 || chosen == STRATEGY_SPURIOUS + 2, "%d", chosen);
    }
    cr_expect_lt(abs(spurious - DRAWS / 32), 150, "%d times", spurious);
}

Test(strategy, pct_lets_one_of_two_who_wake_early_fall)
{
    int fell = 0;

    pct_start(1, 100, 2);
    for (int i = 0; i < DRAWS; i++) {
        struct options o = all_ready(1, 0);
        strategy_pct.born(&rt->threads[1]);
        o.early[o.early_count++] = 1;
        rt->threads[0].priority = 1;
        cr_assert_eq(strategy_pct.choose(&o), 1);
        fell += rt->threads[1].priority < 1u << 30;
    }
    cr_assert(fell > DRAWS * 4 / 10 && fell < DRAWS * 6 / 10,
              "%d of %d have fallen", fell, DRAWS);
}

Test(strategy, pct_falls_at_its_change_point_and_nowhere_else)
{
    enum { LENGTH = 50 };
    int times[LENGTH + 1] = {0};

    for (int n = 0; n < 2000; n++) {
        int first, current, changes = 0;
        pct_start(2, LENGTH, 3);
        first = current = pct_highest(3);
        for (rt->points = 1; rt->points <= LENGTH; rt->points++) {
            struct options o = all_ready(3, current);
            int chosen = strategy_pct.choose(&o);
            if (chosen != current) {
                times[rt->points]++;
                changes++;
                current = chosen;
            }
        }
        cr_assert_eq(changes, 1);
        cr_assert_neq(current, first);
    }
    /* Any step may be the one. */
    for (int i = 1; i <= LENGTH; i++) {
        cr_expect_lt(abs(times[i] - 2000 / LENGTH), 35, "step %d: %d times", i,
                     times[i]);
    }
}

Test(strategy, pct_has_one_change_point_less_than_its_depth)
{
    enum { PLACES = COUNT(page.change_at) };

    for (unsigned depth = 0; depth < 20; depth++) {
        unsigned length = depth % 2 == 0 ? 100 : 0; /* 0: not known yet */
        rt->trace = 0;
        pct_start(depth, length, 2);
        for (unsigned i = 0; i < PLACES; i++) {
            if (i + 1 < depth) {
                cr_expect(rt->change_at[i] >= 1 &&
                          rt->change_at[i] <= (length > 0 ? length : 1));
            } else {
                cr_expect_eq(rt->change_at[i], 0, "depth %u", depth);
            }
        }
        cr_expect_eq(rt->trace, 0, "what follows is left alone");
    }
}

/* Somebody spins, with the highest priority: all others are in front of it
 * from then on, and take turns if they spin as well. */
Test(strategy, pct_starves_nobody_while_others_are_tired)
{
    enum { THREADS = 5, ROUNDS = 40 };
    int times[THREADS] = {0}, current = 0;

    pct_start(3, 100, THREADS);
    for (int n = 0; n < THREADS * ROUNDS; n++) {
        struct options o = all_ready(THREADS, current);
        o.tired = true;
        rt->steps = 1000; /* far from any change point */
        current = strategy_pct.choose(&o);
        times[current]++;
    }
    for (int i = 0; i < THREADS; i++) {
        cr_expect_lt(abs(times[i] - ROUNDS), 3, "T%d: %d times", i, times[i]);
    }
}

Test(strategy, pct_puts_a_new_thread_above_those_that_have_fallen)
{
    struct options o = all_ready(2, 0);

    pct_start(1, 100, 2);
    o.tired = true;
    for (int n = 0; n < 100; n++) {
        o.current = strategy_pct.choose(&o);
    }
    strategy_pct.born(&rt->threads[2]);
    o = all_ready(3, 0);
    cr_expect_eq(strategy_pct.choose(&o), 2);
}

/* -- replay ------------------------------------------------------------------
 */

static void replay_these(const struct rt_choice *choices, int count)
{
    rt->schedule =
        (struct rt_schedule){.choices = choices, .choice_count = count};
    strategy_replay.begin();
}

Test(strategy, replay_without_choices_is_the_base)
{
    replay_these(NULL, 0);
    for (int n = 0; n < 1000; n++) {
        struct options o = any_options();
        cr_assert_eq(strategy_replay.choose(&o), o.base);
    }
}

Test(strategy, replay_makes_a_choice_where_it_was_made_and_nowhere_else)
{
    static const struct rt_choice choices[] = {
        {1, 3, 2, 0}, {1, 4, 1, 2}, {0, 3, 2, STRATEGY_SPURIOUS + 3}};
    int made = 0;

    replay_these(choices, COUNT(choices));
    for (int i = 0; i < 3 * 6 * 6; i++) {
        struct options o = all_ready(3, i % 3);
        int expected = o.base = 1, chosen;
        o.early[o.early_count++] = STRATEGY_SPURIOUS + 3;
        rt->threads[o.current].ops = (unsigned)(i / 3 % 6);
        rt->threads[o.current].choices = (unsigned)(i / 3 / 6);
        for (size_t k = 0; k < COUNT(choices); k++) {
            if (choices[k].thread == o.current && choices[k].op == i / 3u % 6 &&
                choices[k].number == i / 3 / 6) {
                expected = choices[k].chosen;
                made++;
            }
        }
        chosen = strategy_replay.choose(&o);
        cr_expect_eq(chosen, expected, "%d: %d, not %d", i, chosen, expected);
    }
    cr_expect_eq(made, 3);
}

Test(strategy, replay_passes_over_what_cannot_be_chosen)
{
    static const struct rt_choice choices[] = {
        {0, 0, 0, 7}, {1, 0, 0, 2}, {2, 0, 0, STRATEGY_SPURIOUS + 1}};

    replay_these(choices, COUNT(choices));
    for (int current = 0; current < 3; current++) {
        struct options o = {.current = current, .ready_count = 2, .base = 1};
        o.ready[1] = 1; /* the other is 0 */
        cr_expect_eq(strategy_replay.choose(&o), 1);
        o.early[o.early_count++] = choices[current].chosen;
        cr_expect_eq(strategy_replay.choose(&o), choices[current].chosen,
                     "somebody who would be early");
    }
}

/* As the scheduler does: three threads of twenty calls each, always ready. */
struct played {
    int order[60];
    int count;
    struct rt_choice taken[60];
    int taken_count;
};

static void play(const struct strategy *s, struct played *p)
{
    int current = 0;

    *p = (struct played){0};
    memset(rt->threads, 0, 3 * sizeof rt->threads[0]);
    while (p->count < 60) {
        struct rt_thread *t = &rt->threads[current];
        struct options o = {.current = current};
        int chosen;
        t->ops++;
        t->choices = 1;
        p->order[p->count++] = current;
        for (int i = 0; i < 3; i++) {
            if (rt->threads[i].ops < 20) {
                o.ready[o.ready_count++] = i;
            }
        }
        if (o.ready_count == 0) {
            break;
        }
        o.base = t->ops < 20 ? current : o.ready[0];
        chosen = s->choose(&o);
        if (chosen != o.base) {
            p->taken[p->taken_count++] =
                (struct rt_choice){current, t->ops, 1, chosen};
        }
        current = chosen;
    }
}

Test(strategy, replay_repeats_a_walk_from_its_choices)
{
    static struct played walk, again;

    for (int n = 0; n < 200; n++) {
        rt->schedule = (struct rt_schedule){.per_mille = 300};
        play(&strategy_walk, &walk);
        cr_assert_eq(walk.count, 60);
        cr_assert_gt(walk.taken_count, 0);
        replay_these(walk.taken, walk.taken_count);
        play(&strategy_replay, &again);
        cr_assert_eq(memcmp(walk.order, again.order, sizeof walk.order), 0);
    }
}

/* -- starve ------------------------------------------------------------------
 */

Test(strategy, starve_leaves_out_the_victim_from_its_call_on)
{
    rt->schedule = (struct rt_schedule){.victim = 2, .from = 5};
    strategy_starve.begin();
    cr_expect_eq(atomic_load(&rt->held_back), -1, "nobody is held back yet");
    for (int i = 0; i < 4; i++) {
        for (unsigned ops = 0; ops < 10; ops++) {
            rt->threads[i].ops = ops;
            cr_expect_eq(strategy_starve.starves(&rt->threads[i]),
                         i == 2 && ops >= 5, "T%d, call %u", i, ops);
        }
    }
}

/* Whoever waited for the lock would be to no fault of its own. */
Test(strategy, starve_leaves_nobody_out_who_holds_a_lock)
{
    struct rt_thread *t = &rt->threads[2];

    rt->schedule = (struct rt_schedule){.victim = 2, .from = 5};
    t->ops = 7;
    for (t->held_count = 3; t->held_count > 0; t->held_count--) {
        cr_expect_not(strategy_starve.starves(t));
    }
    cr_expect(strategy_starve.starves(t));
}

Test(strategy, starve_is_the_base_otherwise_and_alone_in_starving)
{
    for (int n = 0; n < 1000; n++) {
        struct options o = any_options();
        cr_assert_eq(strategy_starve.choose(&o), o.base);
    }
    cr_expect_null(strategy_walk.starves);
    cr_expect_null(strategy_pct.starves);
    cr_expect_null(strategy_replay.starves);
    cr_expect_null(strategy_favour.starves);
}

/* -- favour ------------------------------------------------------------------
 */

/* Whom strategy favour lets go on, if all of T0 to T4 can. */
static int favoured(int current, bool tired)
{
    struct options o = {.current = current, .tired = tired, .base = -1};

    for (short i = 0; i < 5; i++) {
        o.ready[o.ready_count++] = i;
    }
    return strategy_favour.choose(&o);
}

Test(strategy, favour_puts_one_before_all_up_to_its_call)
{
    rt->schedule = (struct rt_schedule){.victim = 2, .from = 3};
    rt->lowest = 1u << 30;
    for (int i = 0; i < 5; i++) {
        rt->threads[i].serial = (unsigned)i;
        strategy_favour.born(&rt->threads[i]);
    }
    cr_expect_eq(favoured(0, false), 0, "who starts the others");
    rt->threads[0].priority = 0; /* as if it waited */
    cr_expect_eq(favoured(0, false), 2);
    for (rt->threads[2].ops = 1; rt->threads[2].ops < 3; rt->threads[2].ops++) {
        cr_expect_eq(favoured(2, false), 2, "call %u", rt->threads[2].ops);
    }
    cr_expect_eq(favoured(2, false), 4, "the last one that was started");
    cr_expect_eq(favoured(4, false), 4);
    cr_expect_eq(favoured(4, true), 3, "it gives way");
    cr_expect_eq(favoured(3, true), 1);
    cr_expect_eq(favoured(1, true), 2, "in the order in which they fell");
}

/* -- turns -------------------------------------------------------------------
 */

/* Whom strategy turns lets go on, if all of T0 to T3 can. */
static int next_turn(int current, bool tired)
{
    struct options o = {.current = current, .tired = tired, .base = -1};

    for (short i = 0; i < 4; i++) {
        o.ready[o.ready_count++] = i;
    }
    return strategy_turns.choose(&o);
}

Test(strategy, turns_go_round_in_a_ring)
{
    int current = 3;

    rt->schedule = (struct rt_schedule){.from = 1};
    strategy_turns.begin();
    for (int i = 0; i < 12; i++) {
        int next = next_turn(current, false);
        cr_expect_eq(next, (current + 1) % 4, "T%d after T%d", next, current);
        current = next;
    }
}

Test(strategy, turns_last_for_so_many_points_without_a_lock)
{
    rt->schedule = (struct rt_schedule){.from = 3};
    strategy_turns.begin();
    cr_expect_eq(next_turn(1, false), 1);
    rt->threads[1].held_count = 1;
    for (int i = 0; i < 9; i++) {
        cr_expect_eq(next_turn(1, false), 1, "it holds a lock");
    }
    rt->threads[1].held_count = 0;
    cr_expect_eq(next_turn(1, false), 1);
    cr_expect_eq(next_turn(1, false), 2);
    cr_expect_eq(next_turn(2, true), 3, "it gives way");
}

Test(strategy, turns_begin_when_all_are_there)
{
    rt->schedule = (struct rt_schedule){.from = 1, .victim = 4};
    strategy_turns.begin();
    atomic_store(&rt->thread_count, 3);
    cr_expect_eq(next_turn(0, false), 0, "one is missing");
    cr_expect_eq(next_turn(2, false), 0);
    atomic_store(&rt->thread_count, 4);
    cr_expect_eq(next_turn(0, false), 1);
    cr_expect_eq(next_turn(1, false), 2);
    cr_expect_eq(next_turn(3, false), 1, "the first thread is out of it");
    cr_expect_eq(next_turn(3, true), 0, "or waits for too long");
    strategy_turns.begin();
    atomic_store(&rt->thread_count, 3);
    cr_expect_eq(next_turn(0, true), 1, "it gives way, all there or not");
    cr_expect_eq(next_turn(1, false), 2);
    cr_expect_eq(next_turn(3, false), 1);
}

/* -- hold and wait -----------------------------------------------------------
 */

/* Whom strategy hold lets go on, if all of T0 to T3 can. */
static int next_to_hold(int current)
{
    struct options o = all_ready(4, current);

    return strategy_hold.choose(&o);
}

static void asks_for_more(int thread, unsigned ops)
{
    rt->threads[thread].held_count = 1;
    rt->threads[thread].want.kind = WANT_LOCK;
    rt->threads[thread].ops = ops;
}

static void begin_to_hold(unsigned per_mille)
{
    memset(rt->threads, 0, 4 * sizeof rt->threads[0]);
    atomic_store(&rt->thread_count, 4);
    rt->schedule = (struct rt_schedule){.per_mille = per_mille};
    strategy_hold.begin();
}

Test(strategy, whoever_holds_and_asks_lets_others_go_first)
{
    begin_to_hold(1000);
    asks_for_more(1, 5);
    asks_for_more(2, 9);
    for (int i = 0; i < 50; i++) {
        cr_expect_eq(next_to_hold(0), 3);
        cr_expect_eq(next_to_hold(3), 0, "it goes round");
    }
    rt->threads[1].want.kind = WANT_NOTHING; /* it has a lock, and is content */
    cr_expect_eq(next_to_hold(0), 1);
}

Test(strategy, those_who_hold_go_on_if_all_of_them_do)
{
    bool seen[4] = {false};

    begin_to_hold(1000);
    for (int i = 0; i < 4; i++) {
        asks_for_more(i, 5);
    }
    for (int i = 0; i < 100; i++) {
        seen[next_to_hold(0)] = true;
    }
    cr_expect(seen[0] && seen[1] && seen[2] && seen[3]);
}

Test(strategy, whoever_holds_does_not_let_others_spin_for_ever)
{
    int first = 0;

    begin_to_hold(1000);
    asks_for_more(2, 5);
    while (next_to_hold(first % 4) != 2 && first < 10000) {
        first++;
    }
    cr_expect(first > 100 && first < 10000, "%d", first);
}

Test(strategy, whoever_holds_lets_sleepers_wake_up_early)
{
    struct options o = {.current = 1,
                        .ready = {1},
                        .ready_count = 1,
                        .early = {3},
                        .early_count = 1};

    begin_to_hold(1000);
    cr_expect_eq(strategy_hold.choose(&o), 3, "in turn");
    o.current = 3;
    cr_expect_eq(strategy_hold.choose(&o), 1);
    asks_for_more(1, 5);
    cr_expect_eq(strategy_hold.choose(&o), 3);
}

/* At one call it is decided once, however often it is asked. */
Test(strategy, whoever_holds_lets_others_go_as_often_as_it_is_told)
{
    int let = 0;

    begin_to_hold(500);
    for (unsigned op = 1; op <= 1000; op++) {
        bool before;
        asks_for_more(2, op);
        before = lets_others_go(2);
        cr_expect_eq(lets_others_go(2), before);
        let += before;
    }
    cr_expect(let > 420 && let < 580, "%d", let);
}

/* -- the mix -----------------------------------------------------------------
 */

static const struct shape small = {
    .steps = 77, .threads = 3, .nests = true, .calls = {4, 0, 9}};

/* Whether `s` is row `i`, as far as rows say. */
static bool is_row(const struct rt_schedule *s, size_t i)
{
    return s->strategy == rows[i].strategy && s->depth == rows[i].depth &&
           s->per_mille == rows[i].per_mille && s->hasty == rows[i].hasty &&
           s->spurious == rows[i].spurious;
}

Test(strategy, the_mix_begins_with_the_base)
{
    for (uint64_t seed = 0; seed < 10; seed++) {
        struct rt_schedule s;
        memset(&s, 0xff, sizeof s);
        mix_schedule(&s, 0, seed, &small);
        cr_expect_eq(s.strategy, STRATEGY_REPLAY);
        cr_expect_eq(s.choice_count, 0);
        cr_expect(!s.hasty && !s.spurious);
    }
}

static void every_row_has_its_turn(size_t count)
{
    for (unsigned run = 1; run <= 5 * count; run++) {
        struct rt_schedule s;
        mix_schedule(&s, run, 0x5eed, &small);
        cr_expect(is_row(&s, (run - 1) % count), "run %u", run);
        cr_expect_eq(s.seed, 0x5eed);
        cr_expect_eq(s.number, run);
        cr_expect_eq(s.length, 77);
    }
}

Test(strategy, the_mix_gives_every_row_its_turn)
{
    struct rt_schedule s;
    int starving = 0;

    whole = false;
    every_row_has_its_turn(ROWS);
    for (unsigned run = 1; run <= 10 * ROWS; run++) {
        mix_schedule(&s, run, 1, &small);
        starving += s.strategy == STRATEGY_STARVE;
    }
    cr_expect_eq(starving, 10);
}

/* A program may wait as it likes. */
Test(strategy, the_mix_starves_no_whole_program)
{
    struct rt_schedule s;

    whole = true;
    every_row_has_its_turn(ROWS - 1);
    for (unsigned run = 0; run <= 500; run++) {
        mix_schedule(&s, run, 1, &small);
        cr_assert_neq(s.strategy, STRATEGY_STARVE, "run %u", run);
    }
}

/* It walks instead, and what it does is in the numbers of the schedule. */
Test(strategy, the_mix_holds_only_where_somebody_asks_for_more)
{
    struct shape flat = small;
    int walks = 0;

    flat.nests = false;
    whole = false;
    for (unsigned run = 1; run <= 10 * ROWS; run++) {
        struct rt_schedule nested, s, again;
        mix_schedule(&nested, run, 7, &small);
        mix_schedule(&s, run, 7, &flat);
        mix_schedule(&again, s.number, 7, &small);
        cr_expect_neq(s.strategy, STRATEGY_HOLD);
        cr_expect_eq(again.strategy, s.strategy);
        cr_expect_eq(again.per_mille, s.per_mille);
        cr_expect(nested.strategy == STRATEGY_HOLD || s.number == run);
        walks += nested.strategy == STRATEGY_HOLD &&
                 s.strategy == STRATEGY_RANDOM && s.number > run;
    }
    cr_expect_eq(walks, 10);
}

Test(strategy, the_mix_starves_any_thread_from_any_of_its_calls_on)
{
    int times[3] = {0};
    bool seen[3][10] = {{false}};

    for (unsigned run = ROWS; run <= 3000 * ROWS; run += ROWS) {
        struct rt_schedule s, again;
        mix_schedule(&s, run, 7, &small);
        mix_schedule(&again, run, 7, &small);
        cr_assert_eq(s.strategy, STRATEGY_STARVE);
        cr_assert(s.victim >= 0 && s.victim < 3, "%d", s.victim);
        cr_assert(s.from >= 1 && s.from <= (s.victim == 1   ? 1
                                            : s.victim == 0 ? 4
                                                            : 9));
        cr_assert(s.victim == again.victim && s.from == again.from);
        times[s.victim]++;
        seen[s.victim][s.from] = true;
    }
    for (int i = 0; i < 3; i++) {
        cr_expect_lt(abs(times[i] - 1000), 200, "T%d: %d times", i, times[i]);
        for (unsigned from = 1; from <= small.calls[i]; from++) {
            cr_expect(seen[i][from], "T%d from call %u", i, from);
        }
    }
}

Test(strategy, the_mix_starves_the_first_thread_when_none_is_known)
{
    static const struct shape unknown = {0};
    struct rt_schedule s;

    mix_schedule(&s, ROWS, 1, &unknown);
    cr_expect_eq(s.strategy, STRATEGY_STARVE);
    cr_expect_eq(s.victim, 0);
    cr_expect_eq(s.from, 1);
}
