/* SPDX-License-Identifier: MIT */
/* grade_confirm.c - see grade_confirm.h. */
#include "grade_confirm.h"
#include "grade_case.h"
#include "grade_program.h"
#include "judge.h"

#include <string.h>

/* The schedule in which explore saw a race, once more under ThreadSanitizer,
 * which shares no code with it. It has reasons of its own to be silent, such
 * as a fence, so only its agreement is told. */
static void confirm_race(struct case_run *c, struct finding *f)
{
    struct findings here = {0};
    struct evidence e;
    struct token token;
    struct judge j;

    if (!token_read(f->replay, &token) ||
        runner_run(c->runner, c->ctx, f->test, &token.plan, LIMIT_USUAL, &e) !=
            RUNNER_OK) {
        return;
    }
    c->name = f->test;
    j = case_judge(c, &token.plan);
    judge_run(&j, e.run, e.races, e.race_count, &here);
    if (findings_have(&here, f)) {
        f->message = talloc_asprintf(
            c->ctx, "%s ThreadSanitizer sees it in the same schedule, too.",
            f->message);
    }
    json_decref(e.run);
}

static bool to_confirm(const struct finding *f)
{
    return f->kind == KIND_DATA_RACE && strcmp(f->engine, "explore") == 0 &&
           f->replay[0] != '\0';
}

void confirm_races(struct grading *g, struct task *t)
{
    struct case_run c = {.g = g, .t = t, .engine = ENGINE_TSAN};
    struct build b;
    char **names;
    size_t n = 0;

    for (size_t i = 0; i < t->findings.count; i++) {
        n += to_confirm(&t->findings.list[i]);
    }
    if (n == 0 || !task_goes_on(t) || t->beyond.of[ENGINE_TSAN] ||
        !task_has_engine(g, t, ENGINE_TSAN)) {
        return;
    }
    c.ctx = talloc_new(t->ctx);
    b = task_build(c.ctx, g, t, engines[c.engine].flavour);
    c.binary = b.path;
    if (b.status == BUILD_OK && case_start_runner(&c, &names) == RUNNER_OK) {
        c.symbols = symbol_open(c.ctx, b.path);
        for (size_t i = 0; i < t->findings.count; i++) {
            if (to_confirm(&t->findings.list[i])) {
                confirm_race(&c, &t->findings.list[i]);
            }
        }
        symbol_close(c.symbols);
    }
    if (c.runner != NULL) {
        runner_close(c.runner);
    }
}
