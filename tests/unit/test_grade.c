/* SPDX-License-Identifier: MIT */
/* test_grade.c - whole gradings, most of profile quick, of one tiny exercise:
 * adds is worth 6 of its 8 points, counts_calls 2. */
#include "cases.h"
#include "grade.h"
#include "grade_replay.h"
#include "kind.h"
#include "small_course.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

enum { ALL = -1 }; /* engines */

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

static struct result grade(struct small_course *c, const char *path, int only,
                           struct grade_events events)
{
    struct grade_options o = {
        .profile = PROFILE_QUICK, .seed = 1, .jobs = 2, .events = events};
    struct entry entry = {c->course->list[0], path, NULL};
    struct result r = {0};

    /* As the program does before it starts anything under TSan. */
    personality(ADDR_NO_RANDOMIZE);
    for (int i = 0; i < ENGINE_COUNT; i++) {
        o.engine_wanted[i] = only == ALL || i == only;
    }
    cr_assert_eq(grade_all(c->ctx, c->builder, c->sandbox, &o, &entry, 1, &r),
                 0);
    cr_assert_eq(r.exercise_count, 1);
    cr_expect(r.complete);
    cr_expect(near(r.max_score, 8));
    cr_expect(near(r.score, r.exercises[0].score));
    cr_expect_str_eq(r.exercises[0].id, "01-sum");
    return r;
}

static const struct grade_events quiet;

static struct result grade_text(struct small_course *c, const char *text,
                                int only)
{
    return grade(c, small_course_submission(c, text), only, quiet);
}

Test(grade, a_right_submission_earns_every_point)
{
    struct small_course c = small_course("");
    struct result r = grade_text(&c, small_course_right, ALL);
    const struct exercise_result *e = &r.exercises[0];

    cr_expect_eq(e->status, EX_PASSED, "%s", e->fault);
    cr_expect_eq(e->finding_count, 0, "%s",
                 e->finding_count > 0 ? e->findings[0].title : "");
    cr_expect(near(e->score, 8));
    cr_assert_eq(e->test_count, 2);
    cr_expect_str_eq(e->tests[0].name, "sum/adds");
    cr_expect(near(e->tests[0].max_score, 6));
    cr_expect(near(e->tests[1].max_score, 2));
    cr_assert_eq(e->engine_count, ENGINE_COUNT);
    for (int i = 0; i < ENGINE_COUNT; i++) {
        cr_expect_eq(e->engines[i].status, TEST_PASSED, "%s",
                     e->engines[i].name);
        cr_expect_geq(e->engines[i].runs, 1, "%s", e->engines[i].name);
    }
    cr_expect_not(grade_environment_fault(&r));
    talloc_free(c.ctx);
}

Test(grade, criterion_alone_gives_every_point)
{
    struct small_course c = small_course("");
    struct result r = grade_text(&c, small_course_right, ENGINE_CRITERION);
    const struct exercise_result *e = &r.exercises[0];

    cr_expect_eq(e->status, EX_PASSED, "%s", e->fault);
    cr_expect(near(e->score, 8), "%g", e->score);
    talloc_free(c.ctx);
}

Test(grade, what_no_engine_can_judge_does_not_pass)
{
    struct small_course c = small_course("engines: {helgrind: off}\n");
    struct result r = grade_text(&c, small_course_right, ENGINE_HELGRIND);
    const struct exercise_result *e = &r.exercises[0];

    cr_expect_eq(e->status, EX_ERROR);
    cr_expect(e->unjudged);
    cr_expect_not_null(strstr(e->fault, "nothing was run"), "%s", e->fault);
    cr_expect(near(e->score, 0), "%g", e->score);
    talloc_free(c.ctx);
}

Test(grade, a_failed_case_loses_its_weight)
{
    struct small_course c = small_course("");
    struct result r =
        grade_text(&c,
                   "#include \"sum.h\"\nint sum_add(int a, int b) { return a "
                   "+ b; }\nint sum_calls(void) { return 7; }\n",
                   ENGINE_ASAN);
    const struct exercise_result *e = &r.exercises[0];

    cr_expect_eq(e->status, EX_FAILED);
    cr_expect(near(e->score, 6), "%f", e->score);
    cr_expect_eq(e->tests[0].status, TEST_PASSED);
    cr_expect_eq(e->tests[1].status, TEST_FAILED);
    cr_assert_eq(e->finding_count, 1);
    cr_expect_eq(e->findings[0].kind, KIND_ASSERTION_FAILED);
    cr_expect(e->findings[0].headline);
    cr_expect_str_eq(e->findings[0].test, "sum/counts_calls");
    cr_expect_str_eq(e->findings[0].file, "test_sum.c");
    cr_expect_eq(e->findings[0].seen, e->findings[0].runs, "in every run");
    cr_expect_eq(e->engines[ENGINE_TSAN].status, TEST_SKIPPED);
    talloc_free(c.ctx);
}

Test(grade, a_race_costs_its_case_and_comes_with_a_token)
{
    struct small_course c = small_course("engines: {helgrind: off}\n");
    struct result r = grade_text(
        &c,
        "#include \"sum.h\"\nstatic int calls;\nint sum_add(int a, int b)\n"
        "{\n    calls++;\n    return a + b;\n}\n"
        "int sum_calls(void) { return calls; }\n",
        ALL);
    const struct exercise_result *e = &r.exercises[0];
    struct token token;

    cr_assert_eq(e->status, EX_FAILED, "%s", e->fault);
    cr_assert_geq(e->finding_count, 1);
    cr_expect_eq(e->findings[0].kind, KIND_DATA_RACE);
    cr_expect_str_eq(e->findings[0].engine, "explore");
    cr_expect_not_null(strstr(e->findings[0].message, "ThreadSanitizer sees"),
                       "%s", e->findings[0].message);
    cr_expect_str_eq(e->findings[0].file, "sum.c");
    cr_expect_eq(e->findings[0].line, 5);
    cr_expect_not_null(strstr(e->findings[0].title, "`calls`"), "%s",
                       e->findings[0].title);
    cr_expect(token_read(e->findings[0].replay, &token), "%s",
              e->findings[0].replay);
    cr_expect_eq(e->engines[ENGINE_HELGRIND].status, TEST_SKIPPED);
    cr_expect(near(e->score, 6));
    talloc_free(c.ctx);
}

Test(grade, an_advisory_race_is_shown_but_free)
{
    struct small_course c = small_course(
        "engines: {helgrind: off, tsan: advisory, explore: advisory}\n");
    struct result r = grade_text(
        &c,
        "#include \"sum.h\"\nstatic int calls;\nstatic volatile int junk;\n"
        "int sum_add(int a, int b)\n{\n"
        "    __atomic_fetch_add(&calls, 1, 5);\n    junk = a;\n"
        "    return a + b;\n}\n"
        "int sum_calls(void) { return __atomic_load_n(&calls, 5); }\n",
        ALL);
    const struct exercise_result *e = &r.exercises[0];

    cr_expect_eq(e->status, EX_PASSED);
    cr_expect(near(e->score, 8));
    cr_assert_geq(e->finding_count, 1);
    cr_expect(e->findings[0].advisory);
    cr_expect_not(e->findings[0].headline);
    talloc_free(c.ctx);
}

Test(grade, what_does_not_compile_earns_nothing)
{
    struct small_course c = small_course("");
    struct result r = grade_text(&c, "#include \"sum.h\"\n\nint x = y;\n", ALL);
    const struct exercise_result *e = &r.exercises[0];

    cr_expect_eq(e->status, EX_FAILED);
    cr_expect(near(e->score, 0));
    cr_assert_eq(e->finding_count, 1);
    cr_expect_eq(e->findings[0].kind, KIND_BUILD_ERROR);
    cr_expect(e->findings[0].headline);
    cr_expect_eq(e->findings[0].line, 3, "line %d", e->findings[0].line);
    cr_expect_str_eq(e->findings[0].test, "");
    talloc_free(c.ctx);
}

Test(grade, what_is_forbidden_is_never_run)
{
    struct small_course c = small_course("");
    struct result r = grade_text(
        &c,
        talloc_asprintf(c.ctx,
                        "%s#include <unistd.h>\nint f(void) { return "
                        "fork(); }\n",
                        small_course_right),
        ALL);
    const struct exercise_result *e = &r.exercises[0];

    cr_expect_eq(e->status, EX_FAILED);
    cr_assert_eq(e->finding_count, 1);
    cr_expect_eq(e->findings[0].kind, KIND_FORBIDDEN_CALL);
    for (size_t i = 0; i < e->engine_count; i++) {
        cr_expect_eq(e->engines[i].runs, 0);
    }
    talloc_free(c.ctx);
}

Test(grade, a_stub_or_nothing_is_not_started)
{
    struct small_course c = small_course("");
    struct result r = grade_text(&c, small_course_stub, ALL);

    cr_expect_eq(r.exercises[0].status, EX_NOT_STARTED);
    cr_expect(near(r.exercises[0].score, 0));
    cr_expect_eq(r.exercises[0].finding_count, 0);
    r = grade(&c, NULL, ALL, quiet);
    cr_expect_eq(r.exercises[0].status, EX_NOT_STARTED);
    talloc_free(c.ctx);
}

Test(grade, a_file_that_cannot_be_read_earns_nothing)
{
    static const char *const paths[] = {"/nowhere/sum.c", "/tmp", "/dev/zero"};
    struct small_course c = small_course("");

    for (size_t i = 0; i < 3; i++) {
        struct result r = grade(&c, paths[i], ALL, quiet);
        const struct exercise_result *e = &r.exercises[0];
        cr_expect_eq(e->status, EX_FAILED, "%s", paths[i]);
        cr_expect(near(e->score, 0));
        cr_assert_eq(e->finding_count, 1);
        cr_expect_eq(e->findings[0].kind, KIND_BUILD_ERROR);
        cr_expect_not_null(strstr(e->findings[0].title, "cannot be read"));
        cr_expect_not(grade_environment_fault(&r));
    }
    talloc_free(c.ctx);
}

Test(grade, the_same_seed_gives_the_same_verdict)
{
    static const char text[] =
        "#include \"sum.h\"\nint sum_add(int a, int b) { return a * b; }\n"
        "int sum_calls(void) { return 2; }\n";
    struct small_course c = small_course("");
    struct result one = grade_text(&c, text, ENGINE_ASAN);
    struct result two = grade_text(&c, text, ENGINE_ASAN);

    cr_assert_eq(one.exercises[0].finding_count,
                 two.exercises[0].finding_count);
    for (size_t i = 0; i < one.exercises[0].finding_count; i++) {
        const struct finding *a = &one.exercises[0].findings[i];
        const struct finding *b = &two.exercises[0].findings[i];
        cr_expect_str_eq(a->replay, b->replay);
        cr_expect_str_eq(a->title, b->title);
        cr_expect_eq(a->seen, b->seen);
    }
    talloc_free(c.ctx);
}

/* -- events and replay --------------------------------------------------------
 */

struct told {
    int progress, found, finished, last_done, last_total;
};

static void on_progress(void *ctx, const char *id, const char *engine, int done,
                        int total)
{
    struct told *t = ctx;

    cr_expect_str_eq(id, "01-sum");
    cr_expect_str_eq(engine, "asan");
    cr_expect_geq(done, t->last_done);
    cr_expect_leq(done, total);
    t->last_done = done;
    t->last_total = total;
    t->progress++;
}

static void on_found(void *ctx, const char *id, const struct finding *f,
                     double seconds)
{
    struct told *t = ctx;

    cr_expect_str_eq(id, "01-sum");
    cr_expect_eq(f->kind, KIND_ASSERTION_FAILED);
    cr_expect_geq(seconds, 0);
    t->found++;
}

static void on_finished(void *ctx, const struct exercise_result *e)
{
    struct told *t = ctx;

    cr_expect_str_eq(e->id, "01-sum");
    t->finished++;
}

Test(grade, the_reports_are_told_as_it_goes)
{
    struct told told = {0};
    const struct grade_events events = {&told, on_progress, on_found,
                                        on_finished};
    struct small_course c = small_course("");

    grade(&c,
          small_course_submission(&c, "#include \"sum.h\"\nint sum_add(int a,"
                                      " int b) { return a - b; }\n"
                                      "int sum_calls(void) { return 2; }\n"),
          true, events);
    cr_expect_geq(told.progress, 2);
    cr_expect_eq(told.last_done, told.last_total, "%d/%d", told.last_done,
                 told.last_total);
    cr_expect_eq(told.found, 1);
    cr_expect_eq(told.finished, 1);
    talloc_free(c.ctx);
}

/* Each engine's name once for every time it takes over. */
static void on_turn(void *ctx, const char *id, const char *engine, int done,
                    int total)
{
    char *said = ctx;
    const char *last = strrchr(said, ' ');

    (void)id;
    (void)done;
    (void)total;
    if (last == NULL || strcmp(last + 1, engine) != 0) {
        strcat(strcat(said, " "), engine);
    }
}

/* One job at a time: first a short round of the engines that start fast. What
 * they do in it they need not do again. */
Test(grade, short_rounds_come_first_and_count)
{
    char said[256] = "";
    struct small_course c = small_course("");
    struct grade_options o = {.profile = PROFILE_STANDARD,
                              .seed = 1,
                              .jobs = 1,
                              .events = {said, on_turn, NULL, NULL}};
    struct entry entry = {c.course->list[0],
                          small_course_submission(&c, small_course_right),
                          NULL};
    struct result r = {0};

    personality(ADDR_NO_RANDOMIZE);
    memset(o.engine_wanted, true, sizeof o.engine_wanted);
    cr_assert_eq(grade_all(c.ctx, c.builder, c.sandbox, &o, &entry, 1, &r), 0);
    cr_expect_str_eq(said, " explore tsan asan explore asan tsan helgrind");
    for (int id = ENGINE_ASAN; id < ENGINE_COUNT; id++) {
        if (id != ENGINE_CRITERION) {
            cr_expect_eq(r.exercises[0].engines[id].runs,
                         2 * engines[id].runs[PROFILE_STANDARD], "%s",
                         engines[id].name);
        }
    }
    talloc_free(c.ctx);
}

Test(grade, a_token_repeats_the_failure)
{
    struct small_course c = small_course("");
    char *path = small_course_submission(
        &c, "#include \"sum.h\"\nint sum_add(int a, int b) { return a - b; "
            "}\nint sum_calls(void) { return 2; }\n");
    struct result r = grade(&c, path, ENGINE_ASAN, quiet);
    struct entry entry = {c.course->list[0], path, NULL};
    struct exercise_result again = {0};
    const char *raw = "", *error = "";
    struct token token;
    struct encore encore = {&entry, &token, 3, {0}};

    cr_assert_eq(r.exercises[0].finding_count, 1);
    cr_assert(token_read(r.exercises[0].findings[0].replay, &token));
    cr_assert_eq(grade_replay(c.ctx, c.builder, c.sandbox, &encore, &again,
                              &raw, &error),
                 0, "%s", error);
    cr_expect_eq(again.status, EX_FAILED);
    cr_assert_eq(again.finding_count, 1);
    cr_expect_eq(again.findings[0].seen, 3);
    cr_expect_eq(again.findings[0].runs, 3);
    cr_expect_str_eq(again.findings[0].title, r.exercises[0].findings[0].title);
    cr_expect_not_null(strstr(raw, "\"end\": \"failed\""), "%s", raw);
    token.test = 99;
    cr_expect_neq(grade_replay(c.ctx, c.builder, c.sandbox, &encore, &again,
                               &raw, &error),
                  0);
    cr_expect_not_null(strstr(error, "test"), "%s", error);
    talloc_free(c.ctx);
}
