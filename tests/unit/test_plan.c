/* SPDX-License-Identifier: MIT */
/* test_plan.c - which disturbances runs get, and the tokens that repeat one. */
#include "plan.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A quiet run: two workers with two call sites each, and main with one. A
 * site is [address, its first op in the thread, how often]. */
static const char quiet[] = "{\"threads\":["
                            "{\"sites\":[[16,1,2]]},"
                            "{\"sites\":[[32,1,1],[48,2,9],[64,3,9]]},"
                            "{\"sites\":[[32,1,1],[48,2,9]]}]}";

static struct planner *learned(TALLOC_CTX *ctx, uint64_t seed)
{
    struct planner *p = plan_begin(ctx, seed);
    json_t *run = json_loads(quiet, 0, NULL);

    cr_assert_not_null(run);
    plan_learn(p, run);
    json_decref(run);
    return p;
}

static bool same(const struct plan *a, const struct plan *b)
{
    return a->noise == b->noise && a->thread == b->thread && a->op == b->op &&
           a->seed == b->seed;
}

Test(plan, the_first_run_is_quiet)
{
    struct planner *p = plan_begin(NULL, 1);

    cr_expect_eq(plan_next(p, 0).noise, PLAN_QUIET);
    cr_expect_neq(plan_next(p, 1).noise, PLAN_QUIET);
    talloc_free(p);
}

Test(plan, the_same_seed_gives_the_same_plans)
{
    struct planner *a = learned(NULL, 7), *b = learned(NULL, 7);

    for (int run = 0; run < 100; run++) {
        struct plan x = plan_next(a, run), y = plan_next(b, run);
        cr_assert(same(&x, &y), "run %d", run);
    }
    talloc_free(a);
    talloc_free(b);
}

Test(plan, another_seed_gives_other_plans)
{
    struct planner *a = learned(NULL, 7), *b = learned(NULL, 8);
    int differ = 0;

    for (int run = 1; run < 20; run++) {
        struct plan x = plan_next(a, run), y = plan_next(b, run);
        differ += !same(&x, &y);
    }
    cr_expect_gt(differ, 10);
    talloc_free(a);
    talloc_free(b);
}

Test(plan, every_call_site_is_held_and_every_thread_woken)
{
    static const struct {
        int thread;
        unsigned op;
    } sites[] = {{0, 1}, {1, 1}, {1, 2}, {1, 3}, {2, 1}, {2, 2}};
    struct planner *p = learned(NULL, 3);
    bool held[COUNT(sites)] = {false}, woken[3] = {false};
    int yields = 0;

    /* Six sites, five holds in eight runs: 11 runs go once round. */
    for (int run = 0; run < 12; run++) {
        struct plan plan = plan_next(p, run);
        for (size_t i = 0; i < COUNT(sites); i++) {
            held[i] = held[i] || (plan.noise == PLAN_HOLD &&
                                  plan.thread == sites[i].thread &&
                                  plan.op == sites[i].op);
        }
        yields += plan.noise == PLAN_YIELD;
        if (plan.noise == PLAN_SPURIOUS) {
            cr_assert(plan.thread >= 0 && plan.thread < 3);
            cr_expect_eq(plan.op, 1, "first waits come first");
            woken[plan.thread] = true;
        }
    }
    for (size_t i = 0; i < COUNT(sites); i++) {
        cr_expect(held[i], "thread %d is never held before call %u",
                  sites[i].thread, sites[i].op);
    }
    cr_expect(woken[0] && woken[1] && woken[2]);
    cr_expect_gt(yields, 0);
    talloc_free(p);
}

Test(plan, holds_go_on_to_later_calls)
{
    struct planner *p = learned(NULL, 3);
    bool later = false;

    for (int run = 0; run < 60; run++) {
        struct plan plan = plan_next(p, run);
        later = later || (plan.noise == PLAN_HOLD && plan.op > 3);
    }
    cr_expect(later);
    talloc_free(p);
}

Test(plan, a_quiet_run_that_showed_nothing_leaves_only_delays)
{
    static const char *const runs[] = {"{}", "{\"threads\":[]}", "[]",
                                       "{\"threads\":[{\"sites\":[]}]}"};

    for (size_t i = 0; i < COUNT(runs); i++) {
        struct planner *p = plan_begin(NULL, 1);
        json_t *run = json_loads(runs[i], 0, NULL);
        plan_learn(p, run);
        for (int r = 1; r < 30; r++) {
            cr_expect_neq(plan_next(p, r).noise, PLAN_HOLD, "%s", runs[i]);
        }
        json_decref(run);
        talloc_free(p);
    }
}

Test(plan, many_threads_of_a_kind_are_not_all_held)
{
    struct planner *p = plan_begin(NULL, 1);
    json_t *threads = json_array(), *run;

    for (int i = 0; i < 100; i++) {
        json_array_append_new(threads,
                              json_pack("{s:[[iii]]}", "sites", 16, 1, 1));
    }
    run = json_pack("{s:o}", "threads", threads);
    plan_learn(p, run);
    for (int r = 0; r < 200; r++) {
        cr_expect_lt(plan_next(p, r).thread, 8);
    }
    json_decref(run);
    talloc_free(p);
}

/* -- tokens ------------------------------------------------------------------
 */

Test(plan, a_token_is_as_documented)
{
    struct token t = {.exercise = "25-bank-transfer",
                      .engine = "asan",
                      .test = 3,
                      .plan = {PLAN_HOLD, 1, 4, 0x5eed}};
    char *text = token_write(NULL, &t);

    cr_expect_str_eq(text, "25.asan.3.h1-4.5eed");
    talloc_free(text);
}

Test(plan, every_plan_survives_its_token)
{
    struct planner *p = learned(NULL, 11);

    for (int run = 0; run < 100; run++) {
        struct token t = {.exercise = "25-bank",
                          .engine = "helgrind",
                          .test = run + 1,
                          .plan = plan_next(p, run)};
        struct token back;
        char *text = token_write(p, &t);
        cr_assert(token_read(text, &back), "%s", text);
        cr_expect(same(&t.plan, &back.plan), "%s", text);
        cr_expect_str_eq(back.exercise, "25");
        cr_expect_str_eq(back.engine, "helgrind");
        cr_expect_eq(back.test, run + 1);
    }
    talloc_free(p);
}

Test(plan, what_is_no_token_is_refused)
{
    static const char *const texts[] = {"",
                                        "25",
                                        "25.asan",
                                        "25.asan.3",
                                        "25.asan.3.h1-4",
                                        "25.asan.3.h.5",
                                        "25.asan.3.h1.5eed",
                                        "25.asan.3.x.5eed",
                                        "25.asan.3.q.5eed ",
                                        "25.asan.3.q.5eedg",
                                        "25.asan.3.q.",
                                        "25.asan.3.q1-2.5eed",
                                        "25.asan.three.q.1",
                                        "..3.q.1",
                                        "25.asan.3.q5eed",
                                        "25.this-engine-has-a-long-name.3.q.1"};
    struct token t;

    for (size_t i = 0; i < COUNT(texts); i++) {
        cr_expect_not(token_read(texts[i], &t), "accepted: '%s'", texts[i]);
    }
}
