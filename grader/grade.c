/* SPDX-License-Identifier: MIT */
/* grade.c - see grade.h. The locks are those of grade_task.h. */
#include "grade.h"
#include "grade_confirm.h"
#include "grade_job.h"
#include "grade_task.h"
#include "grade_verdict.h"
#include "proc.h"
#include "symbol.h"
#include "workers.h"

#include <errno.h>
#include <pthread.h>
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
        if (q->grading->options->forgetful) {
            talloc_free(t->ctx);
            t->ctx = NULL;
        }
    }
    pthread_mutex_unlock(&q->grading->report_lock);
}

static void finish_task(struct task *t)
{
    for (int id = 0; id < ENGINE_COUNT; id++) {
        talloc_steal(t->ctx, t->work[id].ctx);
        symbol_close(t->work[id].symbols);
    }
    verdict_make(t);
    t->done = true;
}

static void do_job(void *ctx, size_t i)
{
    struct queue *q = ctx;
    struct job *job = &q->jobs[i];
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
    bool forgetful = q->grading->options->forgetful;

    out->complete = !proc_stopped();
    out->exercise_count = forgetful ? 0 : q->task_count;
    out->exercises = talloc_zero_array(ctx, struct exercise_result,
                                       (unsigned)out->exercise_count);
    for (size_t i = 0; i < out->exercise_count; i++) {
        out->exercises[i] = q->tasks[i].result;
        out->score += q->tasks[i].result.score;
        out->max_score += q->tasks[i].result.max_score;
    }
}

/* The tasks, and the jobs there are to do on them. */
static void fill(struct queue *q, TALLOC_CTX *ctx, const struct entry *entries)
{
    q->tasks = talloc_zero_array(ctx, struct task, (unsigned)q->task_count);
    q->jobs = talloc_zero_array(
        ctx, struct job, (unsigned)(q->task_count * ENGINE_COUNT * ROUNDS));
    for (size_t i = 0; i < q->task_count; i++) {
        struct task *t = &q->tasks[i];
        task_begin(q->grading->options->forgetful ? NULL : ctx, t, &entries[i]);
        if (!t->done && !t->given_up) {
            add_jobs(q, t);
        }
        if (!t->done && t->jobs_left == 0) {
            finish_task(t);
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
    pthread_mutex_init(&g.report_lock, NULL);
    pthread_rwlock_init(&g.alone, NULL);
    fill(&q, ctx, entries);
    report(&q);
    workers_run(options->jobs, q.job_count, do_job, &q);
    report(&q);
    sum_up(&q, ctx, out);
    out->seconds = seconds_since(&start);
    for (size_t i = 0; i < count; i++) {
        task_end(&q.tasks[i]);
        if (options->forgetful) {
            talloc_free(q.tasks[i].ctx); /* of those that did not finish */
        }
    }
    pthread_rwlock_destroy(&g.alone);
    pthread_mutex_destroy(&g.report_lock);
    proc_sweep();
    return proc_stopped() ? ECANCELED : 0;
}

bool grade_environment_fault(const struct result *r)
{
    for (size_t i = 0; i < r->exercise_count; i++) {
        if (r->exercises[i].status == EX_ERROR &&
            !r->exercises[i].interrupted) {
            return true;
        }
    }
    return false;
}
