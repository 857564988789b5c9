/* SPDX-License-Identifier: MIT */
/* test_plan.c - which timing the runs of a case get, and the tokens. */
#include "plan.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool same(const struct plan *a, const struct plan *b)
{
    return a->noise == b->noise && a->number == b->number &&
           a->seed == b->seed &&
           strcmp(a->schedule != NULL ? a->schedule : "",
                  b->schedule != NULL ? b->schedule : "") == 0;
}

Test(plan, the_first_run_that_is_not_controlled_is_quiet)
{
    cr_expect_eq(plan_of(3, 1, true).noise, PLAN_QUIET);
    cr_expect_eq(plan_of(0, 1, false).noise, PLAN_QUIET);
}

Test(plan, delays_and_schedules_take_turns)
{
    for (int run = 0; run < 20; run++) {
        struct plan p = plan_of(run, 1, true);
        cr_expect_eq(p.noise, run % 4 != 3 ? PLAN_CONTROL
                              : run == 3   ? PLAN_QUIET
                                           : PLAN_YIELD);
    }
    cr_expect_eq(plan_of(0, 1, true).number, 0, "the base schedule");
    cr_expect_eq(plan_of(2, 1, true).number, 2);
    cr_expect_eq(plan_of(4, 1, true).number, 3, "none is left out");
    cr_expect_eq(plan_of(8, 1, true).number, 6);
}

Test(plan, without_control_there_are_delays_only)
{
    for (int run = 1; run < 20; run++) {
        cr_expect_eq(plan_of(run, 1, false).noise, PLAN_YIELD);
    }
}

Test(plan, delays_differ_from_run_to_run_and_follow_from_the_seed)
{
    struct plan a = plan_of(2, 7, false), b = plan_of(3, 7, false);
    struct plan c = plan_of(2, 7, false), d = plan_of(2, 8, false);

    cr_expect_neq(a.seed, b.seed);
    cr_expect_eq(a.seed, c.seed);
    cr_expect_neq(a.seed, d.seed);
}

/* -- tokens ------------------------------------------------------------------
 */

static const struct {
    struct token token;
    const char *text;
} tokens[] = {
    {{"25-bank-transfer", "asan", 3, {.noise = PLAN_QUIET}}, "25.asan.3.q"},
    {{"25-bank-transfer", "helgrind", 1, {.noise = PLAN_YIELD, .seed = 0x5eed}},
     "25.helgrind.1.y5eed"},
    {{"25-bank-transfer",
      "tsan",
      12,
      {.noise = PLAN_CONTROL, .number = 17, .seed = 0x5eed}},
     "25.tsan.12.n17-5eed"},
    {{"25-bank-transfer",
      "explore",
      4,
      {.noise = PLAN_SCHEDULE, .schedule = "c1-41-1-2_2-67-1-1"}},
     "25.explore.4.c1-41-1-2_2-67-1-1"},
    {{"25-bank-transfer",
      "explore",
      4,
      {.noise = PLAN_SCHEDULE, .schedule = "s1-12-300"}},
     "25.explore.4.s1-12-300"},
};

Test(plan, a_token_is_as_documented)
{
    for (size_t i = 0; i < COUNT(tokens); i++) {
        char *text = token_write(NULL, &tokens[i].token);
        cr_expect_str_eq(text, tokens[i].text);
        talloc_free(text);
    }
}

Test(plan, every_token_is_read_again)
{
    for (size_t i = 0; i < COUNT(tokens); i++) {
        struct token back;
        cr_assert(token_read(tokens[i].text, &back), "%s", tokens[i].text);
        cr_expect_str_eq(back.exercise, "25");
        cr_expect_str_eq(back.engine, tokens[i].token.engine);
        cr_expect_eq(back.test, tokens[i].token.test);
        cr_expect(same(&back.plan, &tokens[i].token.plan), "%s",
                  tokens[i].text);
    }
}

Test(plan, what_is_no_token_is_refused)
{
    static const char *const texts[] = {"",
                                        "25",
                                        "25.asan",
                                        "25.asan.3",
                                        "25.asan.3.",
                                        "25.asan.3.x",
                                        "25.asan.3.q ",
                                        "25.asan.3.q5",
                                        "25.asan.3.y",
                                        "25.asan.3.yz",
                                        "25.asan.3.n1",
                                        "25.asan.3.n-5",
                                        "25.asan.3.cx",
                                        "25.asan.x.q",
                                        "25.asan.3.c1 2",
                                        "25.asan.3.c1;ls"};
    struct token t;

    for (size_t i = 0; i < COUNT(texts); i++) {
        cr_expect_not(token_read(texts[i], &t), "%s", texts[i]);
    }
}
