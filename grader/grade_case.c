/* SPDX-License-Identifier: MIT */
/* grade_case.c - see grade_case.h. */
#include "grade_case.h"
#include "judge.h"
#include "proc.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    BATCH = 50,      /* schedules between two words of progress */
    FAILURES = 3,    /* of one case: enough to explain it */
    BUSY_TRIES = 50, /* to start a binary that somebody has open for writing */
    CUT_OFFS = 3,    /* runs of a whole time limit each: likewise */
    OLD_HAT = 6, /* runs that fail as before: nothing more will come of it */
};

static void unfit(struct case_run *c)
{
    const char *errors =
        c->runner != NULL ? runner_errors(c->runner) : strerror(errno);

    task_give_up(
        c->t,
        talloc_asprintf(c->ctx,
                        "the %s engine cannot run on this machine: %.300s\n"
                        "Run `build/threadlab doctor`: it says what to change.",
                        engines[c->engine].name, errors));
}

/* A process that another worker has just forked has, until it executes its own
 * program, everything open that we had: perhaps this very binary, for writing.
 * That passes. */
static bool is_busy(const struct runner *r, enum runner_status status)
{
    return r == NULL ? errno == ETXTBSY
                     : (status == RUNNER_GONE || status == RUNNER_UNFIT) &&
                           strstr(runner_errors(r), "Text file busy") != NULL;
}

enum runner_status case_start_runner(struct case_run *c, char ***names)
{
    const struct entry *e = c->t->entry;
    enum runner_status status = RUNNER_GONE;

    for (int tries = 0; tries < BUSY_TRIES; tries++) {
        c->runner = runner_open(c->ctx, c->g->sandbox, e->exercise, e->program,
                                c->engine, c->binary);
        if (c->runner != NULL) {
            status = runner_list(c->runner, c->ctx, names);
        }
        if (!is_busy(c->runner, status)) {
            break;
        }
        if (c->runner != NULL) {
            runner_close(c->runner);
            c->runner = NULL;
        }
        nanosleep(&(struct timespec){0, 20000000}, NULL);
    }
    return status;
}

bool case_open_runner(struct case_run *c)
{
    char **names;
    enum runner_status status = case_start_runner(c, &names);

    if (status == RUNNER_OK) {
        task_learn_cases(c->t, names);
    } else if (status != RUNNER_STOPPED) {
        unfit(c);
    }
    return status == RUNNER_OK;
}

/* -- one run -------------------------------------------------------------- */

struct judge case_judge(const struct case_run *c, const struct plan *plan)
{
    const struct exercise *e = c->t->entry->exercise;
    const struct program *program = c->t->entry->program;
    struct token token = {.test = (int)c->index + 1, .plan = *plan};

    snprintf(token.exercise, sizeof token.exercise, "%s",
             program != NULL ? "check" : e->id);
    snprintf(token.engine, sizeof token.engine, "%s", engines[c->engine].name);
    return (struct judge){
        .ctx = c->ctx,
        .symbols = c->symbols,
        .binary = c->binary,
        .sources = c->t->sources,
        .source_count = c->t->source_count,
        .program = program != NULL,
        .strict = program != NULL && program->strict,
        .expected = program != NULL ? program->expected : NULL,
        .engine = engines[c->engine].name,
        .test = c->name,
        .replay = token_write(c->ctx, &token),
        .advisory_races = engine_policy(e, c->engine) == POLICY_ADVISORY,
        .no_mutex = exercise_forbids(e, "pthread_mutex_lock")};
}

/* It was cut off while it still got on: somebody slept, or made calls. */
static bool at_work(const json_t *run)
{
    return json_is_true(json_object_get(run, "at_work"));
}

/* A whole program was cut off under control, which is no verdict on it. */
static bool cut_off(const json_t *run)
{
    return json_is_true(json_object_get(run, "cut_off"));
}

/* To be cut off is how it ends. */
static bool is_endless(const struct case_run *c)
{
    return c->t->entry->program != NULL && c->t->entry->program->endless;
}

static bool slow_end(const json_t *run)
{
    const char *end = json_string_value(json_object_get(run, "end"));

    return end != NULL &&
           (strcmp(end, "timeout") == 0 || strcmp(end, "spin") == 0);
}

static enum runner_status run_once(struct case_run *c, const struct plan *plan,
                                   enum limit limit, struct evidence *e)
{
    enum runner_status status;

    pthread_rwlock_rdlock(&c->g->alone);
    status = runner_run(c->runner, c->ctx, c->name, plan, limit, e);
    pthread_rwlock_unlock(&c->g->alone);
    return status;
}

static bool is_standstill(enum kind kind)
{
    return kind == KIND_DEADLOCK || kind == KIND_HANG ||
           kind == KIND_BUSY_WAIT || kind == KIND_CRASH ||
           kind == KIND_EARLY_EXIT || kind == KIND_RESOURCE_LIMIT ||
           kind == KIND_THREAD_MISUSE;
}

/* For the next runs and the other engines, which need not wait for that again.
 */
static void note_standstill(struct case_run *c)
{
    struct test_case *tc = &c->t->cases[c->index];

    pthread_mutex_lock(&c->t->lock);
    for (size_t i = 0; i < c->so_far->findings.count; i++) {
        tc->standstill =
            tc->standstill || is_standstill(c->so_far->findings.list[i].kind);
    }
    pthread_mutex_unlock(&c->t->lock);
}

/* What a run proves. */
static void judge_evidence(struct case_run *c, const struct plan *plan,
                           struct evidence *e)
{
    struct judge j = case_judge(c, plan);
    size_t before = c->so_far->findings.count;
    bool failed =
        judge_run(&j, e->run, e->races, e->race_count, &c->so_far->findings);

    c->so_far->failed += failed;
    c->so_far->old_hat =
        c->so_far->findings.count > before ? 0 : c->so_far->old_hat + failed;
    json_decref(e->run);
    note_standstill(c);
    if (before == 0 && c->so_far->findings.count > 0) {
        task_tell_found(c->g, c->t, &c->so_far->findings.list[0]);
    }
}

static void judge_loss(struct case_run *c, const struct plan *plan)
{
    struct judge j = case_judge(c, plan);

    judge_gone(&j, runner_ending(c->runner), runner_errors(c->runner),
               &c->so_far->findings);
    c->so_far->failed++;
    note_standstill(c);
}

/* True if it has been seen already that the case comes to no end: to wait for
 * that again would only cost time. */
static bool is_known(const struct case_run *c)
{
    bool known;

    pthread_mutex_lock(&c->t->lock);
    known = c->t->cases[c->index].standstill;
    pthread_mutex_unlock(&c->t->lock);
    return known;
}

/* Of a whole program, what the race detectors see of its end adds nothing, and
 * they keep signals back from a thread that makes no call. */
static bool is_for_races(const struct case_run *c)
{
    return c->t->entry->program != NULL &&
           (c->engine == ENGINE_TSAN || c->engine == ENGINE_HELGRIND);
}

/* The verdict on a run. Returns false when the case is over: a run ended by
 * its time limit, which would only cost time again, or a runner that is gone.
 */
static bool judge_end(struct case_run *c, const struct plan *plan,
                      enum runner_status *status, struct evidence *e)
{
    bool slow = *status == RUNNER_OK && slow_end(e->run);

    c->so_far->runs++;
    if (slow && c->t->entry->program != NULL && at_work(e->run)) {
        json_decref(e->run); /* no standstill: it is only slow here */
        c->so_far->cut_off++;
        return false;
    }
    if (*status == RUNNER_GONE) {
        judge_loss(c, plan);
    }
    if (*status != RUNNER_OK) {
        return false;
    }
    c->so_far->cut_off += !slow && !is_endless(c) && cut_off(e->run);
    judge_evidence(c, plan, e);
    return !slow && c->so_far->cut_off < CUT_OFFS;
}

/* True if the engine has found the same in another case, at the same place. */
static bool is_old_story(const struct case_run *c, const struct plan *plan,
                         const struct evidence *e)
{
    const struct work *w = &c->t->work[c->engine];
    struct judge j = case_judge(c, plan);
    struct findings here = {0};
    bool old = false;

    judge_run(&j, e->run, e->races, e->race_count, &here);
    for (size_t i = 0; here.count > 0 && !old && i < c->t->case_count; i++) {
        old = findings_have(&w->cases[i].findings, &here.list[0]);
    }
    return old;
}

/* Again, with the machine for itself; needless if another engine has found it
 * meanwhile. */
static bool judge_alone(struct case_run *c, const struct plan *plan,
                        enum runner_status *status)
{
    struct evidence e;
    bool more = false;

    pthread_rwlock_wrlock(&c->g->alone);
    if (!is_known(c)) {
        *status = runner_run(c->runner, c->ctx, c->name, plan, LIMIT_LONG, &e);
        more = judge_end(c, plan, status, &e);
    }
    pthread_rwlock_unlock(&c->g->alone);
    return more;
}

/* The verdict on a run that was ended by its time limit: that counts only if
 * it happens again, alone. */
static bool judge_slow(struct case_run *c, const struct plan *plan,
                       struct evidence *e, enum runner_status *status)
{
    if (is_for_races(c)) { /* those it has seen by then are true */
        json_object_set_new(e->run, "end", json_string("cut-off"));
        judge_end(c, plan, status, e);
        return false;
    }
    if (!is_known(c) && is_old_story(c, plan, e)) {
        return judge_end(c, plan, status, e);
    }
    json_decref(e->run);
    return judge_alone(c, plan, status);
}

/* One run and its verdict, as judge_end. */
static bool judge_one(struct case_run *c, const struct plan *plan,
                      enum runner_status *status)
{
    struct evidence e;

    *status = run_once(c, plan, is_known(c) ? LIMIT_SHORT : LIMIT_USUAL, &e);
    return *status == RUNNER_OK && slow_end(e.run)
               ? judge_slow(c, plan, &e, status)
               : judge_end(c, plan, status, &e);
}

/* -- the runs of a case --------------------------------------------------- */

/* What is left of this engine's share of the time there is: none if negative,
 * INFINITY if nobody has set a limit. */
static double seconds_left(const struct case_run *c)
{
    const struct grade_options *o = c->g->options;
    int engines_on = 0;
    double rounds;

    for (int id = 0; id < ENGINE_COUNT; id++) {
        engines_on += o->engine_wanted[id] && id != ENGINE_CRITERION;
    }
    rounds = o->jobs >= engines_on ? 1 : (double)engines_on / o->jobs;
    return o->seconds > 0
               ? o->seconds / rounds - c->spent - seconds_since(&c->started)
               : INFINITY;
}

static bool out_of_time(const struct case_run *c)
{
    return seconds_left(c) < 0;
}

static uint64_t case_seed(const struct case_run *c)
{
    return c->g->options->seed * 1000003 + c->index * 16 + (uint64_t)c->engine;
}

static enum runner_status grade_runs(struct case_run *c, int until)
{
    struct so_far *so = c->so_far;
    enum runner_status status = RUNNER_OK;
    int told = so->next;

    while (so->next < until && !so->over) {
        struct plan plan =
            plan_of(so->next, case_seed(c), engines[c->engine].control);
        bool more = judge_one(c, &plan, &status);
        so->over =
            !more || proc_stopped() || out_of_time(c) || so->old_hat >= OLD_HAT;
        so->next++;
        if (so->next % 4 == 0) {
            task_tell_progress(c->g, c->t, c->engine, so->next - told);
            told = so->next;
        }
    }
    task_tell_progress(c->g, c->t, c->engine, until - told);
    so->next = until;
    return status;
}

/* The failing run an exploration ended with. */
static bool judge_explored(struct case_run *c, struct evidence *e,
                           enum runner_status *status)
{
    struct plan plan = {.noise = PLAN_SCHEDULE};

    plan.schedule = talloc_strdup(
        c->ctx, json_string_value(json_object_get(e->run, "schedule")));
    if (slow_end(e->run)) {
        c->so_far->runs--; /* it is counted there */
        return judge_slow(c, &plan, e, status);
    }
    judge_evidence(c, &plan, e);
    return true;
}

static long explored(const struct evidence *e, const char *what)
{
    const json_t *x =
        json_object_get(json_object_get(e->run, "explored"), what);

    return json_is_boolean(x) ? json_is_true(x) : json_integer_value(x);
}

static void note_proof(struct so_far *so, const struct evidence *e)
{
    if (explored(e, "complete") && !explored(e, "failed")) {
        so->proof = (struct proof){
            .complete = true,
            .schedules = explored(e, "schedules"),
            .preemptions = (int)explored(e, "bound"),
            .no_older_values = !explored(e, "older_values"),
            .no_weak_failures = !explored(e, "weak_failures"),
        };
    }
}

/* A whole program has one case, so it gets more. */
static unsigned search_budget(const struct case_run *c)
{
    return (unsigned)engines[c->engine].search[c->g->options->profile] *
           (c->t->entry->program != NULL ? 4 : 1);
}

/* The next batch. */
static struct schedules schedules_of(const struct case_run *c, int until)
{
    const struct so_far *so = c->so_far;
    double seconds = seconds_left(c);
    int left = until - so->next;

    return (struct schedules){.search = so->searched ? 0 : search_budget(c),
                              .first = (unsigned)so->next,
                              .count = (unsigned)(left < BATCH ? left : BATCH),
                              .time_ms = isinf(seconds) ? 0
                                         : seconds > 0
                                             ? (long)(seconds * 1e3) + 1
                                             : 1,
                              .seed = case_seed(c)};
}

/* Batches of schedules, until the budget is spent, nothing new comes up, or
 * enough has been found. */
static enum runner_status grade_explore(struct case_run *c, int until)
{
    struct so_far *so = c->so_far;
    enum runner_status status = RUNNER_OK;
    int told = so->next;

    while (so->next < until && !so->over) {
        struct schedules s = schedules_of(c, until);
        struct evidence e;
        status = runner_explore(c->runner, c->ctx, c->name, &s, &e);
        so->searched = true;
        if (status == RUNNER_GONE) {
            judge_loss(c, &(struct plan){.noise = PLAN_QUIET});
        }
        if (status != RUNNER_OK) {
            so->over = true;
            break;
        }
        note_proof(so, &e);
        so->next = (int)explored(&e, "next");
        so->runs += (int)explored(&e, "runs");
        so->cut_off += is_endless(c) ? 0 : (int)explored(&e, "cut_off");
        so->over = explored(&e, "exhausted");
        if (explored(&e, "failed")) {
            so->over = !judge_explored(c, &e, &status) || so->over;
        } else {
            json_decref(e.run);
        }
        so->over = so->over || so->failed >= FAILURES || proc_stopped() ||
                   out_of_time(c);
        task_tell_progress(c->g, c->t, c->engine, so->next - told);
        told = so->next;
    }
    task_tell_progress(c->g, c->t, c->engine, until - told);
    so->next = until;
    return status;
}

enum runner_status case_grade(struct case_run *c, int until)
{
    return c->engine == ENGINE_EXPLORE ? grade_explore(c, until)
                                       : grade_runs(c, until);
}

void case_merge(struct case_run *c)
{
    struct task *t = c->t;
    struct test_case *tc;

    pthread_mutex_lock(&t->lock);
    tc = &t->cases[c->index];
    for (size_t i = 0; i < c->so_far->findings.count; i++) {
        struct finding *f = &c->so_far->findings.list[i];
        f->runs = c->so_far->runs;
        tc->failed = tc->failed || !f->advisory;
        findings_append(t->ctx, &t->findings, f);
    }
    if (c->so_far->proof.complete && c->so_far->failed == 0) {
        tc->proof = c->so_far->proof;
    }
    t->engine[c->engine].runs += c->so_far->runs;
    t->engine[c->engine].failed_runs += c->so_far->failed;
    t->engine[c->engine].cut_off += c->so_far->cut_off;
    pthread_mutex_unlock(&t->lock);
}
