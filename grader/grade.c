/* SPDX-License-Identifier: MIT */
/* grade.c - see grade.h. The locks are those of grade_task.h and the queue's
 * own, under which nothing else is held. */
#include "grade.h"
#include "grade_case.h"
#include "grade_confirm.h"
#include "grade_job.h"
#include "grade_program.h"
#include "grade_task.h"
#include "grade_verdict.h"
#include "proc.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 2 }; /* of an engine, at most */

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
    bool last;

    job_run(g, job);
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
    bool with_asan =
        id == ENGINE_CRITERION && task_has_engine(q->grading, t, ENGINE_ASAN);

    if (task_has_engine(q->grading, t, id) && !with_asan) {
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
