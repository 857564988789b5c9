/* SPDX-License-Identifier: MIT */
/* grade_job.c - see grade_job.h. */
#include "grade_job.h"
#include "grade_case.h"
#include "grade_program.h"
#include "proc.h"
#include "stock.h"

#include <string.h>

/* -- our runner ----------------------------------------------------------- */

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

/* -- Criterion's ---------------------------------------------------------- */

/* The names of the cases that stood still under our runner, NULL-terminated. */
static const char **stood_still(TALLOC_CTX *ctx, struct task *t)
{
    const char **names;
    size_t n = 0;

    pthread_mutex_lock(&t->lock);
    names = talloc_zero_array(ctx, const char *, (unsigned)t->case_count + 1);
    for (size_t i = 0; i < t->case_count; i++) {
        if (t->cases[i].standstill) {
            names[n++] = t->cases[i].name;
        }
    }
    pthread_mutex_unlock(&t->lock);
    return names;
}

/* A case that failed already needs no word from Criterion. */
static void merge_stock(struct task *t, const struct stock_result *r)
{
    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < r->count; i++) {
        struct finding *f = &r->list[i];
        bool known = false;
        for (size_t k = 0; k < t->case_count; k++) {
            if (strcmp(t->cases[k].name, f->test) == 0) {
                known = t->cases[k].failed;
                t->cases[k].failed = true;
            }
        }
        if (!r->ran && t->case_count == 0) {
            f->advisory = false; /* nobody else has judged it */
        }
        t->engine[ENGINE_CRITERION].failed_runs = 1;
        if (!known) {
            findings_add(t->ctx, &t->findings, f);
        }
    }
    t->engine[ENGINE_CRITERION].runs += r->ran ? 1 : 0;
    pthread_mutex_unlock(&t->lock);
}

/* The stock runner, for the cases that did not stand still under ours. */
static void run_stock(struct grading *g, struct task *t)
{
    const struct exercise *e = t->entry->exercise;
    TALLOC_CTX *ctx = talloc_new(NULL);
    struct build b =
        build_flavour(ctx, g->builder, e, t->entry->path, FLAVOUR_PLAIN);

    if (task_built(g, t, &b)) {
        const char **skip = stood_still(ctx, t);
        struct stock_result r;
        if (stock_run(ctx, g->sandbox, e, b.path, skip, &r) != 0) {
            pthread_rwlock_wrlock(&g->alone); /* again, and alone */
            stock_run(ctx, g->sandbox, e, b.path, skip, &r);
            pthread_rwlock_unlock(&g->alone);
        }
        merge_stock(t, &r);
    }
    pthread_mutex_lock(&t->lock);
    talloc_steal(t->ctx, ctx);
    pthread_mutex_unlock(&t->lock);
}

/* -- one job -------------------------------------------------------------- */

/* The stock runner follows ASan, which says what not to run. */
static bool stock_is_next(const struct grading *g, const struct job *job)
{
    return job->engine == ENGINE_CRITERION ||
           (job->engine == ENGINE_ASAN && job->last &&
            task_has_engine(g, job->task, ENGINE_CRITERION));
}

static void add_seconds(struct task *t, enum engine_id id,
                        const struct timespec *since)
{
    pthread_mutex_lock(&t->lock);
    t->engine[id].seconds += seconds_since(since);
    pthread_mutex_unlock(&t->lock);
}

static void run_round(struct grading *g, const struct job *job)
{
    struct task *t = job->task;
    struct timespec start;

    clock_gettime(CLOCK_MONOTONIC, &start);
    if (job->engine != ENGINE_CRITERION && !t->beyond.of[job->engine]) {
        run_engine(g, job);
        add_seconds(t, job->engine, &start);
    }
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (stock_is_next(g, job) && task_goes_on(t)) {
        run_stock(g, t);
        add_seconds(t, ENGINE_CRITERION, &start);
    }
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

void job_run(struct grading *g, const struct job *job)
{
    struct work *w = &job->task->work[job->engine];

    pthread_mutex_lock(&w->lock);
    if (!proc_stopped() && check_task(g, job->task)) {
        run_round(g, job);
    }
    pthread_mutex_unlock(&w->lock);
}
