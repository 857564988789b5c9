/* SPDX-License-Identifier: MIT */
/* test_search.c - all schedules of small programs whose number is known
 * (tests/runtime/search_cases.c), and what depends on what.
 *
 * The source is included for its pure functions. */
#include "server.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <talloc.h>

#include "runtime/arena.c"
#include "runtime/search.c"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { FREELY = -1, ENOUGH = 20000 };

/* What the rest of search.c asks for. */
struct run *rt;
bool explorer_has_time(const struct explorer *e)
{
    return e->until_ms == 0;
}

bool failure_in(const struct outcome *o)
{
    return o->end != END_COMPLETED;
}

uint64_t failure_result(const struct outcome *o)
{
    return (uint64_t)o->output_size;
}

/* -- what depends on what ----------------------------------------------------
 */

#define R TOUCH_READ
#define W TOUCH_WRITE
#define L TOUCH_LOCK
#define U TOUCH_UNLOCK
#define S TOUCH_SHARE
#define N TOUCH_UNSHARE
#define E TOUCH_END

/* Of one thing; the first comes first. */
static const struct {
    enum rt_touch_kind a, b;
    bool conflict, coenabled;
} pairs[] = {
    {R, R, false, true}, {R, W, true, true},  {W, W, true, true},
    {L, L, true, true},  {U, L, true, false}, {L, U, true, true},
    {R, L, true, true},  {U, R, true, true},  {U, W, true, true},
    {S, S, false, true}, {S, N, false, true}, {N, S, false, false},
    {N, N, false, true}, {S, L, true, true},  {L, S, true, true},
    {N, L, true, false}, {U, S, true, false}, {N, R, true, true},
    {S, R, true, true},  {E, E, true, false}, {E, W, true, false},
};

Test(search, the_order_of_two_touches_may_matter)
{
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct rt_touch a = {1, pairs[i].a}, b = {1, pairs[i].b};
        struct rt_touch elsewhere = {2, pairs[i].b};
        cr_expect_eq(search_conflict(&a, &b), pairs[i].conflict, "pair %zu", i);
        cr_expect_eq(search_conflict(&b, &a), pairs[i].conflict, "pair %zu", i);
        cr_expect_eq(search_coenabled(&a, &b), pairs[i].coenabled, "pair %zu",
                     i);
        cr_expect_not(search_conflict(&a, &elsewhere), "pair %zu", i);
    }
}

Test(search, stretches_depend_if_any_two_touches_do)
{
    const struct rt_touch one[] = {{1, R}, {2, W}, {3, L}};
    const struct rt_touch other[] = {{1, R}, {4, W}, {3, U}};

    cr_expect(search_dependent(one, 3, other, 3), "for 3");
    cr_expect_not(search_dependent(one, 2, other, 3));
    cr_expect_not(search_dependent(one, 3, other, 2));
    cr_expect_not(search_dependent(one, 0, other, 3));
    cr_expect(search_dependent(&one[1], 1, &one[1], 1), "a write with itself");
}

/* -- the conversation --------------------------------------------------------
 */

static json_t *search_case(struct server *s, const char *name, int at_most,
                           bool reduced)
{
    char line[256];

    snprintf(line, sizeof line, "search 5000 %d %d %d %s\n", at_most, reduced,
             ENOUGH, name);
    return ask(s, line);
}

static bool is(const json_t *o, const char *key)
{
    cr_assert(json_is_boolean(json_object_get(o, key)), "no %s", key);
    return json_is_true(json_object_get(o, key));
}

/* -- counts ------------------------------------------------------------------
 */

static const struct {
    const char *name;
    long schedules;
} counts[] = {
    /* Which of the 2n places the n sections of T1 have: C(2n, n). */
    {"count/sections_1", 2},
    {"count/sections_2", 6},
    {"count/sections_3", 20},
    {"count/sections_of_three_threads", 6}, /* 3! */
    /* Each order of k additions to one object is another: k!. */
    {"count/one_increment", 1},
    {"count/two_increments", 2},
    {"count/three_increments", 6},
    {"count/four_increments", 24},
    {"count/increments_2_and_3", 10}, /* C(5, 2) */
    {"count/increments_2_2_2", 90},   /* 6! / (2! 2! 2!) */
    {"count/loads_only", 1},          /* loads commute */
    /* Each of two loads comes before the addition or after it: 2 * 2. */
    {"count/loads_and_an_increment", 4},
    {"count/loads_2_and_an_increment", 3}, /* none, one or both before it */
    {"count/independent_locks", 1},
    {"count/lock_and_increment", 1}, /* they have nothing in common */
    {"count/nothing_at_all", 1},
    {"count/readers_only", 1},         /* readers commute */
    {"count/readers_and_a_writer", 4}, /* each reader before or after it */
    {"count/writers_only", 6},         /* 3! */
    {"count/a_try_and_a_section", 3},  /* before, within, after */
    {"count/a_try_and_two_sections", 5},
    /* The order in which they come to a barrier, of which the last is told. */
    {"count/meeting_of_two", 2},
    {"count/meeting_of_three", 6},
    {"count/post_and_wait", 1},            /* it waits for the post */
    {"count/a_child_and_an_increment", 2}, /* two additions */
};

Test(search, schedules_are_as_many_as_there_are)
{
    struct server s = server_start("search_cases", "explore");

    for (size_t i = 0; i < COUNT(counts); i++) {
        json_t *x = search_case(&s, counts[i].name, FREELY, true);
        cr_expect(is(x, "complete"), "%s", counts[i].name);
        cr_expect_not(is(x, "failed"), "%s", counts[i].name);
        cr_expect_eq(num(x, "schedules"), counts[i].schedules, "%s: %ld",
                     counts[i].name, num(x, "schedules"));
        /* No run was cut short because all it led to was known. */
        cr_expect_eq(num(x, "runs"), num(x, "schedules"), "%s: %ld runs",
                     counts[i].name, num(x, "runs"));
        json_decref(x);
    }
    server_close(&s);
}

/* -- the same results --------------------------------------------------------
 */

static const struct {
    const char *name;
    long results; /* in all */
    int bound;    /* up to which every interleaving is tried, too */
} same[] = {
    {"same/two_additions", 2, FREELY}, /* and without a bound */
    {"same/mutex", 2, 2},
    {"same/trylock", 3, 2},
    {"same/trylock_twice", 8, 2},
    {"same/rwlock_readers", 3, 2},
    {"same/rwlock_writer", 2, 2},
    {"same/rwlock_tried", 2, 2},
    {"same/semaphore", 4, 1},
    {"same/semaphore_tried", 2, 2},
    {"same/barrier", 3, 2},
    {"same/once", 5, 2},
    {"same/atomics", 3, 2},
    {"same/compare_exchange", 3, 2},
    {"same/child", 8, 2},
    {"same/condition", 1, 2},
    {"same/signal_to_two", 2, 1},
    {"same/broadcast", 2, 1},
    {"same/stopped_with_the_lock", 3, 2},
};

static void expect_same(struct server *s, const char *name, int at_most,
                        json_t *less)
{
    json_t *all = search_case(s, name, at_most, false);

    cr_expect(is(all, "complete") && is(less, "complete"), "%s, bound %d", name,
              at_most);
    cr_expect_eq(num(less, "results"), num(all, "results"),
                 "%s, bound %d: %ld results of %ld", name, at_most,
                 num(less, "results"), num(all, "results"));
    cr_expect_eq(num(less, "sum"), num(all, "sum"), "%s, bound %d", name,
                 at_most);
    cr_expect_leq(num(less, "schedules"), num(all, "schedules"), "%s, bound %d",
                  name, at_most);
    json_decref(all);
}

Test(search, what_is_left_out_leads_to_nothing_new)
{
    struct server s = server_start("search_cases", "explore");

    for (size_t i = 0; i < COUNT(same); i++) {
        const char *name = same[i].name;
        json_t *free = search_case(&s, name, FREELY, true), *less;
        cr_expect_eq(num(free, "results"), same[i].results, "%s: %ld", name,
                     num(free, "results"));
        if (same[i].bound == FREELY) {
            expect_same(&s, name, FREELY, free);
        }
        for (int at_most = 0; at_most <= 2; at_most++) {
            less = search_case(&s, name, at_most, true);
            cr_expect(is(less, "complete"), "%s, bound %d", name, at_most);
            if (at_most <= same[i].bound || same[i].bound == FREELY) {
                expect_same(&s, name, at_most, less);
            }
            if (at_most == 2) { /* which is enough for all of them */
                cr_expect_eq(num(less, "sum"), num(free, "sum"), "%s", name);
            }
            json_decref(less);
        }
        json_decref(free);
    }
    server_close(&s);
}

/* -- no proof ----------------------------------------------------------------
 */

static const char *const undecided[] = {
    "open/sleep",
    "open/timed_wait",
    "open/clock",
    "open/pipe",
    "open/fork",
    "open/cancellation",
    "open/detached_thread_at_the_end",
    "open/spinning",
};

Test(search, what_else_decides_ends_it_without_a_proof)
{
    static const int at_most[] = {FREELY, 0, 2};
    struct server s = server_start("search_cases", "explore");

    for (size_t i = 0; i < COUNT(undecided); i++) {
        for (size_t k = 0; k < COUNT(at_most); k++) {
            json_t *x = search_case(&s, undecided[i], at_most[k], true);
            cr_expect_not(is(x, "complete"), "%s", undecided[i]);
            cr_expect_not(is(x, "failed"), "%s", undecided[i]);
            cr_expect_lt(num(x, "runs"), ENOUGH, "%s", undecided[i]);
            json_decref(x);
        }
    }
    server_close(&s);
}

/* A lock that is waited for by exchanges: whoever has it may be asleep in the
 * search, and would never give it back. */
Test(search, who_spins_by_changing_something_is_brought_to_an_end)
{
    static const char *const spins[] = {"open/spinning_by_exchange",
                                        "open/spinning_with_a_count_of_the_"
                                        "tries"};
    struct server s = server_start("search_cases", "explore");

    for (size_t i = 0; i < 2 * COUNT(spins); i++) {
        json_t *x =
            search_case(&s, spins[i / 2], i % 2 == 0 ? FREELY : 0, true);
        cr_expect_not(is(x, "failed"), "%s", spins[i / 2]);
        cr_expect_not(is(x, "cut_off"), "%s", spins[i / 2]);
        cr_expect_eq(is(x, "complete"), i % 2 == 1, "%s", spins[i / 2]);
        json_decref(x);
    }
    server_close(&s);
}

/* A budget that is too small is no proof either. */
Test(search, a_search_that_is_cut_off_is_not_complete)
{
    struct server s = server_start("search_cases", "explore");
    json_t *x = ask(&s, "search 5000 -1 1 5 count/sections_2\n");

    cr_expect_not(is(x, "complete"));
    cr_expect_eq(num(x, "runs"), 5);
    json_decref(x);
    x = ask(&s, "search 5000 -1 1 6 count/sections_2\n");
    cr_expect(is(x, "complete"));
    json_decref(x);
    server_close(&s);
}

/* -- failures ----------------------------------------------------------------
 */

static const char *const needs[] = {"needs/circle", "needs/zero_then_one",
                                    "needs/signal_that_is_lost"};

Test(search, what_needs_two_preemptions_is_found_with_two)
{
    static const struct {
        int at_most;
        bool found;
    } with[] = {{0, false}, {1, false}, {2, true}, {FREELY, true}};
    struct server s = server_start("search_cases", "explore");

    for (size_t i = 0; i < COUNT(needs); i++) {
        for (size_t k = 0; k < 2 * COUNT(with); k++) {
            int at_most = with[k / 2].at_most;
            json_t *x = search_case(&s, needs[i], at_most, k % 2 == 0);
            cr_expect_eq(is(x, "failed"), with[k / 2].found, "%s, bound %d",
                         needs[i], at_most);
            cr_expect_eq(is(x, "complete"), !with[k / 2].found, "%s, bound %d",
                         needs[i], at_most);
            json_decref(x);
        }
    }
    server_close(&s);
}

/* As part of an exploration: what fails is reduced and can be replayed. */
Test(search, a_failure_that_it_finds_is_repeated)
{
    static const char *const ends[] = {"deadlock", "failed", "stuck"};
    struct server s = server_start("search_cases", "explore");

    for (size_t i = 0; i < COUNT(needs); i++) {
        char *line =
            talloc_asprintf(s.ctx, "explore 5000 500 0 0 0 1 %s\n", needs[i]);
        json_t *r = ask(&s, line), *again;
        cr_expect_str_eq(str(r, "end"), ends[i], "%s: %s", needs[i],
                         str(r, "end"));
        line = talloc_asprintf(s.ctx, "replay 5000 %s %s\n", str(r, "schedule"),
                               needs[i]);
        again = ask(&s, line);
        cr_expect_str_eq(str(again, "end"), ends[i], "%s: %s", needs[i],
                         str(again, "end"));
        json_decref(again);
        json_decref(r);
    }
    server_close(&s);
}
