/* SPDX-License-Identifier: MIT */
/* grade.c - see grade.h. The locks are those of grade_task.h and the queue's
 * own, under which nothing else is held. */
#include "grade.h"
#include "grade_case.h"
#include "grade_program.h"
#include "grade_task.h"
#include "grade_verdict.h"
#include "proc.h"
#include "stock.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 2 }; /* of an engine, at most */

/* The first round is what the quick profile would do, for most mistakes show
 * at once; the last one does the rest. */
struct job {
    struct task *task;
    enum engine_id engine;
    bool last;
};

/* -- one job
 * ------------------------------------------------------------------- */

static int runs_wanted(const struct task *t, enum engine_id id,
                       enum profile profile)
{
    return engines[id].runs[profile] *
           (t->entry->program != NULL ? engines[id].whole : 1);
}

/* The engine's record of each case; made in its first round. */
static void begin_cases(struct grading *g, struct task *t, struct work *w,
                        enum engine_id id)
{
    if (w->cases == NULL) {
        w->cases =
            talloc_zero_array(w->ctx, struct so_far, (unsigned)t->case_count);
        pthread_mutex_lock(&t->lock);
        t->runs_total +=
            runs_wanted(t, id, g->options->profile) * (int)t->case_count;
        pthread_mutex_unlock(&t->lock);
    }
}

static void run_cases(struct case_run *c, const struct job *job)
{
    struct task *t = c->t;
    enum runner_status status = RUNNER_OK;
    enum profile profile = job->last ? c->g->options->profile : PROFILE_QUICK;

    if (!case_open_runner(c)) {
        return;
    }
    begin_cases(c->g, t, &t->work[c->engine], c->engine);
    for (size_t i = 0; i < t->case_count && !proc_stopped(); i++) {
        if (status == RUNNER_GONE) { /* the submission killed it: afresh */
            runner_close(c->runner);
            c->runner = NULL;
            if (!case_open_runner(c)) {
                break;
            }
        }
        c->index = i;
        c->name = t->cases[i].name;
        c->so_far = &t->work[c->engine].cases[i];
        status = case_grade(c, runs_wanted(t, c->engine, profile));
        if (job->last) {
            case_merge(c);
        }
    }
}

static void run_engine(struct grading *g, const struct job *job)
{
    struct task *t = job->task;
    enum engine_id id = job->engine;
    struct work *w = &t->work[id];
    struct case_run c = {.g = g, .t = t, .engine = id, .spent = w->spent};
    struct build b;

    if (w->ctx == NULL) {
        w->ctx = talloc_new(NULL);
    }
    c.ctx = w->ctx;
    b = task_build(c.ctx, g, t, engines[id].flavour);
    clock_gettime(CLOCK_MONOTONIC, &c.started);
    if (task_built(g, t, &b)) {
        if (w->symbols == NULL) {
            w->symbols = symbol_open(c.ctx, b.path);
        }
        c.binary = b.path;
        c.symbols = w->symbols;
        run_cases(&c, job);
        if (c.runner != NULL) {
            runner_close(c.runner);
        }
    }
    w->spent += seconds_since(&c.started);
}

/* The stock runner, for the cases that did not stand still under ours. */
static void run_stock(struct grading *g, struct task *t)
{
    const struct exercise *e = t->entry->exercise;
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct build b =
        build_flavour(ctx, g->builder, e, t->entry->path, FLAVOUR_PLAIN);
    const char **skip;
    struct stock_result r;
    size_t n = 0;

    if (task_built(g, t, &b)) {
        pthread_mutex_lock(&t->lock);
        skip =
            talloc_zero_array(ctx, const char *, (unsigned)t->case_count + 1);
        for (size_t i = 0; i < t->case_count; i++) {
            if (t->cases[i].standstill) {
                skip[n++] = t->cases[i].name;
            }
        }
        pthread_mutex_unlock(&t->lock);
        if (stock_run(ctx, g->sandbox, e, b.path, skip, &r) != 0) {
            pthread_rwlock_wrlock(&g->alone); /* again, and alone */
            stock_run(ctx, g->sandbox, e, b.path, skip, &r);
            pthread_rwlock_unlock(&g->alone);
        }
        pthread_mutex_lock(&t->lock);
        for (size_t i = 0; i < r.count; i++) {
            struct finding *f = &r.list[i];
            bool known = false;
            for (size_t k = 0; k < t->case_count; k++) {
                if (strcmp(t->cases[k].name, f->test) == 0) {
                    known = t->cases[k].failed;
                    t->cases[k].failed = true;
                }
            }
            t->engine[ENGINE_CRITERION].failed_runs = 1;
            if (!known) {
                findings_add(t->ctx, &t->findings, f);
            }
        }
        t->engine[ENGINE_CRITERION].runs += r.ran ? 1 : 0;
        pthread_mutex_unlock(&t->lock);
    }
    pthread_mutex_lock(&t->lock);
    talloc_steal(t->ctx, ctx);
    pthread_mutex_unlock(&t->lock);
}

/* Compile and audit once per task: by the job that comes first, while the
 * others wait for its word. */
static bool check_task(struct grading *g, struct task *t)
{
    TALLOC_CTX *ctx;
    struct build b;
    bool ok, first;

    pthread_mutex_lock(&t->check);
    pthread_mutex_lock(&t->lock);
    ok = !t->given_up;
    first = ok && !t->checked;
    t->checked = true;
    if (first) {
        clock_gettime(CLOCK_MONOTONIC, &t->started);
    }
    pthread_mutex_unlock(&t->lock);
    if (first) {
        ctx = talloc_new(NULL);
        b = t->entry->program != NULL
                ? grade_program_read(ctx, g, t)
                : build_check(ctx, g->builder, t->entry->exercise,
                              t->entry->path);
        ok = task_built(g, t, &b);
        if (ok && t->entry->program != NULL) {
            grade_program_find_endless(g, t, ctx, b.path);
        }
        pthread_mutex_lock(&t->lock);
        talloc_steal(t->ctx, ctx);
        pthread_mutex_unlock(&t->lock);
    }
    pthread_mutex_unlock(&t->check);
    return ok;
}

static bool engine_runs(const struct grading *g, const struct exercise *e,
                        enum engine_id id)
{
    return g->options->engine_wanted[id] && engine_policy(e, id) != POLICY_OFF;
}

/* The stock runner follows ASan, which says what not to run. */
static bool stock_is_next(const struct grading *g, const struct job *job)
{
    return job->engine == ENGINE_CRITERION ||
           (job->engine == ENGINE_ASAN && job->last &&
            engine_runs(g, job->task->entry->exercise, ENGINE_CRITERION));
}

static void add_seconds(struct task *t, enum engine_id id,
                        const struct timespec *since)
{
    pthread_mutex_lock(&t->lock);
    t->engine[id].seconds += seconds_since(since);
    pthread_mutex_unlock(&t->lock);
}

static void run_round(struct grading *g, struct job *job)
{
    struct task *t = job->task;
    struct timespec start;

    clock_gettime(CLOCK_MONOTONIC, &start);
    if (job->engine != ENGINE_CRITERION &&
        !grade_program_is_beyond(t, job->engine)) {
        run_engine(g, job);
        add_seconds(t, job->engine, &start);
    }
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (stock_is_next(g, job) && task_goes_on(t)) {
        run_stock(g, t);
        add_seconds(t, ENGINE_CRITERION, &start);
    }
}

/* -- a second opinion -------------------------------------------------------
 */

static bool has_race_at(const struct findings *list, const struct finding *f)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct finding *x = &list->list[i];
        if (x->kind == KIND_DATA_RACE && x->line == f->line &&
            strcmp(x->file, f->file) == 0) {
            return true;
        }
    }
    return false;
}

/* The schedule in which explore saw a race, once more under ThreadSanitizer,
 * which shares no code with it. It has reasons of its own to be silent, such
 * as a fence, so only its agreement is told. */
static void confirm_race(struct case_run *c, struct finding *f)
{
    struct so_far here = {0};
    struct evidence e;
    struct token token;
    struct judge j;

    if (!token_read(f->replay, &token) ||
        runner_run(c->runner, c->ctx, f->test, &token.plan, 1, &e) !=
            RUNNER_OK) {
        return;
    }
    c->so_far = &here;
    c->name = f->test;
    j = case_judge(c, &token.plan);
    judge_run(&j, e.run, e.races, e.race_count, &here.findings);
    if (has_race_at(&here.findings, f)) {
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

/* The last job of the task: nobody else is at it. */
static void confirm_races(struct grading *g, struct task *t)
{
    struct case_run c = {.g = g, .t = t, .engine = ENGINE_TSAN};
    struct build b;
    size_t n = 0;

    for (size_t i = 0; i < t->findings.count; i++) {
        n += to_confirm(&t->findings.list[i]);
    }
    if (n == 0 || !task_goes_on(t) || grade_program_is_beyond(t, ENGINE_TSAN) ||
        !engine_runs(g, t->entry->exercise, ENGINE_TSAN)) {
        return;
    }
    c.ctx = talloc_new(t->ctx);
    b = task_build(c.ctx, g, t, engines[c.engine].flavour);
    c.binary = b.path;
    if (b.status == BUILD_OK && case_open_runner(&c)) {
        c.symbols = symbol_open(c.ctx, b.path);
        for (size_t i = 0; i < t->findings.count; i++) {
            if (to_confirm(&t->findings.list[i])) {
                confirm_race(&c, &t->findings.list[i]);
            }
        }
    }
    if (c.runner != NULL) {
        runner_close(c.runner);
    }
}

/* -- the queue
 * ------------------------------------------------------------------- */

struct queue { /* of a grading */
    struct grading *grading;
    struct task *tasks;
    size_t task_count;
    size_t reported; /* guarded by report_lock */
    struct job *jobs;
    size_t job_count;
    pthread_mutex_t lock; /* guards next_job */
    size_t next_job;
};

/* Report what is finished, in the order of the course. */
static void report(struct queue *q)
{
    const struct grade_events *events = &q->grading->options->events;

    pthread_mutex_lock(&q->grading->report_lock);
    while (q->reported < q->task_count) {
        struct task *t = &q->tasks[q->reported];
        bool done;
        pthread_mutex_lock(&t->lock);
        done = t->done;
        pthread_mutex_unlock(&t->lock);
        if (!done) {
            break;
        }
        q->reported++;
        if (events->finished != NULL) {
            events->finished(events->ctx, &t->result);
        }
    }
    pthread_mutex_unlock(&q->grading->report_lock);
}

static void finish_task(struct task *t)
{
    for (int id = 0; id < ENGINE_COUNT; id++) {
        talloc_steal(t->ctx, t->work[id].ctx);
    }
    verdict_make(t);
    t->done = true;
}

static void do_job(struct queue *q, struct job *job)
{
    struct grading *g = q->grading;
    struct task *t = job->task;
    struct work *w = &t->work[job->engine];
    bool last;

    pthread_mutex_lock(&w->lock);
    if (!proc_stopped() && check_task(g, t)) {
        run_round(g, job);
    }
    pthread_mutex_unlock(&w->lock);
    pthread_mutex_lock(&t->lock);
    last = --t->jobs_left == 0;
    pthread_mutex_unlock(&t->lock);
    if (last) {
        confirm_races(g, t);
        pthread_mutex_lock(&t->lock);
        finish_task(t);
        pthread_mutex_unlock(&t->lock);
        report(q);
    }
}

static void *worker(void *arg)
{
    struct queue *q = arg;

    for (;;) {
        struct job *job = NULL;
        pthread_mutex_lock(&q->lock);
        if (q->next_job < q->job_count) {
            job = &q->jobs[q->next_job++];
        }
        pthread_mutex_unlock(&q->lock);
        if (job == NULL) {
            return NULL;
        }
        do_job(q, job);
    }
}

static void run_workers(struct queue *q)
{
    int n = q->grading->options->jobs;
    pthread_t *threads = talloc_zero_array(NULL, pthread_t, (unsigned)n);
    int started = 0;

    while (started < n &&
           pthread_create(&threads[started], NULL, worker, q) == 0) {
        started++;
    }
    if (started == 0) {
        worker(q); /* no threads to be had: do it ourselves */
    }
    for (int i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    talloc_free(threads);
}

/* The engines that have a short first round, in their order: a race is a
 * commoner mistake than a leak. Helgrind takes too long to start. */
static const enum engine_id short_rounds[] = {ENGINE_EXPLORE, ENGINE_TSAN,
                                              ENGINE_ASAN};

static void add_job(struct queue *q, struct task *t, enum engine_id id,
                    bool last)
{
    const struct exercise *e = t->entry->exercise;
    bool with_asan =
        id == ENGINE_CRITERION && engine_runs(q->grading, e, ENGINE_ASAN);

    if (engine_runs(q->grading, e, id) && !with_asan) {
        q->jobs[q->job_count++] = (struct job){t, id, last};
        t->jobs_left++;
    }
}

static void add_jobs(struct queue *q, struct task *t)
{
    bool two = q->grading->options->profile != PROFILE_QUICK;

    for (size_t i = 0; two && i < sizeof short_rounds / sizeof short_rounds[0];
         i++) {
        add_job(q, t, short_rounds[i], false);
    }
    for (int id = 0; id < ENGINE_COUNT; id++) {
        add_job(q, t, (enum engine_id)id, true);
    }
}

static void sum_up(const struct queue *q, TALLOC_CTX *ctx, struct result *out)
{
    out->exercises =
        talloc_zero_array(ctx, struct exercise_result, (unsigned)q->task_count);
    out->exercise_count = q->task_count;
    for (size_t i = 0; i < q->task_count; i++) {
        out->exercises[i] = q->tasks[i].result;
        out->score += q->tasks[i].result.score;
        out->max_score += q->tasks[i].result.max_score;
    }
    out->complete = !proc_stopped();
}

/* The tasks, and the jobs there are to do on them. */
static void fill(struct queue *q, TALLOC_CTX *ctx, const struct entry *entries)
{
    q->tasks = talloc_zero_array(ctx, struct task, (unsigned)q->task_count);
    q->jobs = talloc_zero_array(
        ctx, struct job, (unsigned)(q->task_count * ENGINE_COUNT * ROUNDS));
    for (size_t i = 0; i < q->task_count; i++) {
        struct task *t = &q->tasks[i];
        task_begin(ctx, t, &entries[i]);
        if (t->given_up) {
            finish_task(t);
        }
        if (!t->done) {
            add_jobs(q, t);
            t->done = t->jobs_left == 0;
        }
    }
}

int grade_all(TALLOC_CTX *ctx, struct builder *builder,
              const struct sandbox *sandbox,
              const struct grade_options *options, const struct entry *entries,
              size_t count, struct result *out)
{
    struct grading g = {
        .builder = builder, .sandbox = sandbox, .options = options};
    struct queue q = {.grading = &g, .task_count = count};
    struct timespec start;

    clock_gettime(CLOCK_MONOTONIC, &start);
    pthread_mutex_init(&q.lock, NULL);
    pthread_mutex_init(&g.report_lock, NULL);
    pthread_rwlock_init(&g.alone, NULL);
    fill(&q, ctx, entries);
    report(&q);
    run_workers(&q);
    report(&q);
    sum_up(&q, ctx, out);
    out->seconds = seconds_since(&start);
    for (size_t i = 0; i < count; i++) {
        task_end(&q.tasks[i]);
    }
    pthread_rwlock_destroy(&g.alone);
    pthread_mutex_destroy(&g.report_lock);
    pthread_mutex_destroy(&q.lock);
    proc_sweep();
    return proc_stopped() ? ECANCELED : 0;
}

bool grade_environment_fault(const struct result *r)
{
    for (size_t i = 0; i < r->exercise_count; i++) {
        if (r->exercises[i].status == EX_ERROR &&
            strcmp(r->exercises[i].fault, "interrupted") != 0) {
            return true;
        }
    }
    return false;
}

/* -- replay
 * ---------------------------------------------------------------------- */

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

struct replay { /* a grading of one task, for one run of one case */
    struct grade_options options;
    struct grading g;
    struct task task;
    struct case_run c;
};

static int replay_begin(struct replay *r, TALLOC_CTX *ctx,
                        struct builder *builder, const struct sandbox *sandbox,
                        const struct entry *entry, const struct token *token,
                        const char **error)
{
    r->options = (struct grade_options){.profile = PROFILE_STANDARD, .jobs = 1};
    r->g = (struct grading){
        .builder = builder, .sandbox = sandbox, .options = &r->options};
    r->c = (struct case_run){.g = &r->g,
                             .t = &r->task,
                             .ctx = ctx,
                             .so_far = talloc_zero(ctx, struct so_far)};
    r->c.engine = engine_of(token->engine);
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
    return replay_open(&r->c, token->test, error);
}

static void replay_end(struct replay *r)
{
    runner_close(r->c.runner);
    task_end(&r->task);
}

int grade_replay(TALLOC_CTX *ctx, struct builder *builder,
                 const struct sandbox *sandbox, const struct entry *entry,
                 const struct token *token, struct exercise_result *out,
                 const char **out_raw, const char **error)
{
    struct replay *r = talloc_zero(ctx, struct replay);
    struct case_run *c = &r->c;
    struct evidence e;
    char *json;
    struct judge j;
    int rc = replay_begin(r, ctx, builder, sandbox, entry, token, error);

    if (rc != 0) {
        return rc;
    }
    j = case_judge(c, &token->plan);
    if (runner_run(c->runner, ctx, c->name, &token->plan, 1, &e) == RUNNER_OK) {
        judge_run(&j, e.run, e.races, e.race_count, &c->so_far->findings);
        json = json_dumps(e.run, JSON_INDENT(1));
        *out_raw = talloc_asprintf(ctx, "%s\n%s", json, e.xml);
        free(json);
        json_decref(e.run);
    } else {
        judge_gone(&j, runner_errors(c->runner), &c->so_far->findings);
    }
    c->so_far->runs = 1;
    case_merge(c);
    verdict_make(&r->task);
    *out = r->task.result;
    replay_end(r);
    return 0;
}

int grade_replay_by_hand(TALLOC_CTX *ctx, struct builder *builder,
                         const struct sandbox *sandbox,
                         const struct entry *entry, const struct token *token,
                         const char **out_binary, const char **out_command,
                         const char **error)
{
    struct replay *r = talloc_zero(ctx, struct replay);
    int rc = replay_begin(r, ctx, builder, sandbox, entry, token, error);

    if (rc != 0) {
        return rc;
    }
    *out_binary = r->c.binary;
    *out_command = runner_command(ctx, r->c.name, &token->plan, 1000000);
    replay_end(r);
    return 0;
}
