/* SPDX-License-Identifier: MIT */
/* grade_program.c - see grade_program.h. */
#include "grade_program.h"
#include "grade_case.h"
#include "judge_wait.h"

#include <string.h>

struct build grade_program_read(TALLOC_CTX *ctx, struct grading *g,
                                struct task *t)
{
    struct program *p = t->entry->program;
    struct build b = program_read(ctx, g->builder, p);

    t->beyond = p->beyond;
    t->sources =
        talloc_zero_array(ctx, struct source, (unsigned)p->file_count + 1);
    t->source_count = p->file_count;
    for (size_t i = 0; i < p->file_count; i++) {
        t->sources[i] =
            (struct source){p->files[i].name, p->files[i].text, false};
    }
    return b.status == BUILD_OK
               ? program_build(ctx, g->builder, p, FLAVOUR_EXPLORE)
               : b;
}

static const struct plan base_plan = {.noise = PLAN_SCHEDULE, .schedule = "c"};

/* True if a run that was cut off was still doing something. */
static bool busy(const json_t *run)
{
    const json_t *threads = json_object_get(run, "threads");
    enum { OFTEN = 3, MANY = 200 };

    for (size_t i = 0; i < json_array_size(threads); i++) {
        const json_t *t = json_array_get(threads, i);
        const char *state = json_string_value(json_object_get(t, "state"));
        if (json_integer_value(json_object_get(t, "naps")) >= OFTEN ||
            json_integer_value(json_object_get(t, "ops")) >= MANY ||
            (state != NULL && strcmp(state, "sleep") == 0)) {
            return true;
        }
    }
    return false;
}

static bool ends_by(const struct evidence *e, const char *how)
{
    const char *end = json_string_value(json_object_get(e->run, "end"));

    return end != NULL && strcmp(end, how) == 0;
}

static bool cut_off(const struct evidence *e)
{
    return json_is_true(json_object_get(e->run, "cut_off"));
}

/* Makes a run that is not disturbed. If it ends like that, it is given out: the
 * caller gives it back. */
static bool is_cut_off(struct case_run *c, const struct plan *plan,
                       bool (*why)(const struct evidence *), struct evidence *e)
{
    if (runner_run(c->runner, c->ctx, c->name, plan, LIMIT_USUAL, e) !=
        RUNNER_OK) {
        return false;
    }
    if (!why(e)) {
        json_decref(e->run);
        return false;
    }
    return true;
}

static bool while_busy(const struct evidence *e)
{
    return (cut_off(e) || ends_by(e, "output")) && busy(e->run);
}

static bool under_control(const struct evidence *e)
{
    return (cut_off(e) && ends_by(e, "completed")) ||
           json_integer_value(json_object_get(e->run, "only_time_days")) > 0;
}

/* Under control it is known when all that is left only looks, and no time is
 * lost by sleeping: a server that has nobody to serve sleeps for ever. */
static bool comes_to_no_end(struct case_run *c, struct evidence *e)
{
    if (!is_cut_off(c, &(struct plan){.noise = PLAN_QUIET}, while_busy, e)) {
        return false;
    }
    json_decref(e->run);
    return is_cut_off(c, &base_plan, under_control, e);
}

static void say_endless(const struct case_run *c, const json_t *run)
{
    struct finding f = task_finding(c->t, KIND_HANG);
    struct judge j = case_judge(c, &base_plan);

    f.engine = "explore";
    f.advisory = !c->t->entry->program->strict;
    f.title = "the program does not end by itself";
    f.advice = "If it should end, ask which of its threads is the last one "
               "at work, and what that one looks at; and if one waits, which "
               "line should wake it, and why the others never come there.";
    f.message = "It was still at work when an undisturbed run was cut off at "
                "its time limit: it never ends, or it has more to do than "
                "that. If it is meant to serve for ever, that is fine. Where "
                "its threads were at that moment:";
    wait_add_parties(&j, &f, run);
    findings_add(c->t->ctx, &c->t->findings, &f);
}

void grade_program_say_cut_off(struct task *t)
{
    struct finding f = task_finding(t, KIND_HANG);
    int runs = 0, cut_off = 0;

    for (int id = 0; id < ENGINE_COUNT; id++) {
        runs += t->engine[id].runs;
        cut_off += t->engine[id].cut_off;
    }
    if (runs == 0 || cut_off < runs || t->findings.count > 0) {
        return;
    }
    f.engine = "";
    f.seen = cut_off;
    f.runs = runs;
    f.advisory = !t->entry->program->strict;
    f.title = "no run came to its end";
    f.message = "Each was cut off at its time limit: there is more to do than "
                "that, or it waits for something from outside, such as a "
                "signal. What would have come later has not been looked at.";
    f.advice = "If it should have ended, ask which of its threads is the last "
               "one left, and what that one waits for or looks at. If it has "
               "much to do, give it less: a smaller input, fewer rounds.";
    findings_add(t->ctx, &t->findings, &f);
}

void grade_program_find_endless(struct grading *g, struct task *t,
                                TALLOC_CTX *ctx, const char *binary)
{
    struct case_run c = {.g = g,
                         .t = t,
                         .engine = ENGINE_EXPLORE,
                         .ctx = ctx,
                         .binary = binary,
                         .name = "main"};
    struct evidence e;

    if (!case_open_runner(&c)) {
        return;
    }
    t->entry->program->endless = comes_to_no_end(&c, &e);
    runner_close(c.runner);
    if (t->entry->program->endless) {
        c.ctx = t->ctx; /* what is said outlives this */
        c.symbols = symbol_open(c.ctx, binary);
        say_endless(&c, e.run);
        symbol_close(c.symbols);
        json_decref(e.run);
    }
}
