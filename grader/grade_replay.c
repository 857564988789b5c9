/* SPDX-License-Identifier: MIT */
/* grade_replay.c - see grade_replay.h. A grading of one task, with nobody else
 * at work on it. */
#include "grade_replay.h"
#include "grade_case.h"
#include "grade_program.h"
#include "grade_task.h"
#include "grade_verdict.h"
#include "judge.h"
#include "proc.h"

#include <errno.h>
#include <stdlib.h>

struct replay {
    struct grade_options options;
    struct grading g;
    struct task task;
    struct case_run c;
};

/* The runner of one engine, ready at case number `test`. */
static int replay_open(struct case_run *c, int test, const char **error)
{
    struct task *t = c->t;
    struct build b = task_build(c->ctx, c->g, t, engines[c->engine].flavour);

    if (b.status != BUILD_OK) {
        *error = b.errors;
        return EIO;
    }
    c->binary = b.path;
    c->symbols = symbol_open(c->ctx, b.path);
    if (!case_open_runner(c)) {
        *error = t->result.fault;
        return EIO;
    }
    if (test < 1 || (size_t)test > t->case_count) {
        *error = "the token names a test that this exercise does not have";
        return EINVAL;
    }
    c->index = (size_t)test - 1;
    c->name = t->cases[c->index].name;
    return 0;
}

static int replay_begin(struct replay *r, TALLOC_CTX *ctx,
                        struct builder *builder, const struct sandbox *sandbox,
                        const struct encore *encore, const char **error)
{
    const struct entry *entry = encore->entry;

    r->options = (struct grade_options){.profile = PROFILE_STANDARD, .jobs = 1};
    r->g = (struct grading){
        .builder = builder, .sandbox = sandbox, .options = &r->options};
    r->c = (struct case_run){.g = &r->g,
                             .t = &r->task,
                             .ctx = ctx,
                             .so_far = talloc_zero(ctx, struct so_far)};
    r->c.engine = engine_of(encore->token->engine);
    if (r->c.engine == ENGINE_COUNT || r->c.engine == ENGINE_CRITERION ||
        entry->path == NULL) {
        *error = entry->path == NULL ? "there is no file to run"
                                     : "the token names no engine of ours";
        return EINVAL;
    }
    task_begin(ctx, &r->task, entry);
    if (entry->program != NULL) {
        struct build b = grade_program_read(ctx, &r->g, &r->task);
        if (b.status != BUILD_OK) {
            *error = b.errors;
            return EIO;
        }
    }
    return replay_open(&r->c, encore->token->test, error);
}

static void replay_end(struct replay *r)
{
    runner_close(r->c.runner);
    task_end(&r->task);
}

/* One run, judged. False if there can be no further one. */
static bool replay_once(struct case_run *c, const struct plan *plan,
                        const char **out_raw)
{
    struct judge j = case_judge(c, plan);
    struct evidence e;
    char *json;

    c->so_far->runs++;
    if (runner_run(c->runner, c->ctx, c->name, plan, LIMIT_USUAL, &e) !=
        RUNNER_OK) {
        judge_gone(&j, runner_ending(c->runner), runner_errors(c->runner),
                   &c->so_far->findings);
        return false;
    }
    judge_run(&j, e.run, e.races, e.race_count, &c->so_far->findings);
    json = json_dumps(e.run, JSON_INDENT(1));
    *out_raw = talloc_asprintf(c->ctx, "%s\n%s", json, e.xml);
    free(json);
    json_decref(e.run);
    return !proc_stopped();
}

int grade_replay(TALLOC_CTX *ctx, struct builder *builder,
                 const struct sandbox *sandbox, const struct encore *encore,
                 struct exercise_result *out, const char **out_raw,
                 const char **error)
{
    const struct grade_events *events = &encore->events;
    struct replay *r = talloc_zero(ctx, struct replay);
    struct case_run *c = &r->c;
    int rc = replay_begin(r, ctx, builder, sandbox, encore, error);

    if (rc != 0) {
        return rc;
    }
    while (c->so_far->runs < encore->times &&
           replay_once(c, &encore->token->plan, out_raw)) {
        if (events->progress != NULL) {
            events->progress(events->ctx, r->task.result.id,
                             encore->token->engine, c->so_far->runs,
                             encore->times);
        }
    }
    case_merge(c);
    verdict_make(&r->task);
    *out = r->task.result;
    replay_end(r);
    return 0;
}

int grade_replay_by_hand(TALLOC_CTX *ctx, struct builder *builder,
                         const struct sandbox *sandbox,
                         const struct encore *encore, const char **out_binary,
                         const char **out_command, const char **error)
{
    struct replay *r = talloc_zero(ctx, struct replay);
    int rc = replay_begin(r, ctx, builder, sandbox, encore, error);

    if (rc != 0) {
        return rc;
    }
    *out_binary = r->c.binary;
    *out_command =
        runner_command(ctx, r->c.name, &encore->token->plan, 1000000);
    replay_end(r);
    return 0;
}
