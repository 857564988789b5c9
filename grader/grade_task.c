/* SPDX-License-Identifier: MIT */
/* grade_task.c - see grade_task.h. */
#include "grade_task.h"
#include "file.h"
#include "kind.h"
#include "proc.h"

#include <stdlib.h>
#include <string.h>

/* A stub as handed out, or nothing at all: not started. */
static bool untouched(TALLOC_CTX *ctx, const struct exercise *e,
                      const char *path, char **out_source)
{
    char *stub = talloc_asprintf(ctx, "%s/%s", e->dir, e->file);
    char *theirs, *text;
    size_t n, m;

    *out_source = NULL;
    if (path == NULL || file_read(ctx, path, &theirs, &n) != 0) {
        return path == NULL;
    }
    *out_source = theirs;
    if (e->stub_hash != NULL) {
        return exercise_is_stub(e, theirs, n);
    }
    return file_read(ctx, stub, &text, &m) == 0 && n == m &&
           memcmp(theirs, text, n) == 0;
}

static void name_source(struct task *t, const char *name)
{
    char *path =
        talloc_asprintf(t->ctx, "%s/%s", t->entry->exercise->dir, name);
    char *text;

    if (file_read(t->ctx, path, &text, NULL) != 0) {
        text = NULL;
    }
    t->sources[t->source_count++] = (struct source){name, text, true};
}

/* What places can be shown from: the submission's file, the test, and the
 * headers, which may hold functions that are given. */
static void name_sources(struct task *t, const char *text)
{
    const struct exercise *e = t->entry->exercise;

    t->sources =
        talloc_zero_array(t->ctx, struct source, (unsigned)e->header_count + 2);
    t->sources[t->source_count++] = (struct source){e->file, text, false};
    name_source(t, e->test);
    for (size_t i = 0; i < e->header_count; i++) {
        name_source(t, e->headers[i]);
    }
}

void task_begin(TALLOC_CTX *ctx, struct task *t, const struct entry *entry)
{
    const struct exercise *e = entry->exercise;
    char *text;

    t->ctx = talloc_new(ctx);
    t->entry = entry;
    pthread_mutex_init(&t->check, NULL);
    pthread_mutex_init(&t->lock, NULL);
    for (int id = 0; id < ENGINE_COUNT; id++) {
        pthread_mutex_init(&t->work[id].lock, NULL);
    }
    clock_gettime(CLOCK_MONOTONIC, &t->started);
    t->result =
        (struct exercise_result){.id = e->id,
                                 .title = e->title,
                                 .fault = "",
                                 .path = entry->path != NULL ? entry->path : "",
                                 .max_score = e->points};
    if (entry->program != NULL) {
        t->result.command = entry->program->command;
        t->result.words_after = entry->program->words_after;
        return; /* its files are read when it is checked */
    }
    if (untouched(t->ctx, e, entry->path, &text)) {
        t->result.status = EX_NOT_STARTED;
        t->done = true;
    }
    name_sources(t, text);
    if (text != NULL) {
        beyond_learn(&t->beyond, text, strlen(text));
    }
    if (!t->done && text == NULL) {
        struct finding f = task_finding(t, KIND_BUILD_ERROR);
        f.title = "the file cannot be read";
        f.message = "It must be a regular file of at most 16 MiB.";
        findings_add(t->ctx, &t->findings, &f);
        t->given_up = true;
    }
}

void task_end(struct task *t)
{
    for (int id = 0; id < ENGINE_COUNT; id++) {
        pthread_mutex_destroy(&t->work[id].lock);
    }
    pthread_mutex_destroy(&t->lock);
    pthread_mutex_destroy(&t->check);
}

/* -- builds -----------------------------------------------------------------
 */

struct build task_build(TALLOC_CTX *ctx, struct grading *g,
                        const struct task *t, enum flavour flavour)
{
    const struct entry *e = t->entry;

    return e->program != NULL
               ? program_build(ctx, g->builder, e->program, flavour)
               : build_flavour(ctx, g->builder, e->exercise, e->path, flavour);
}

void task_give_up(struct task *t, const char *fault)
{
    pthread_mutex_lock(&t->lock);
    t->given_up = true;
    t->result.fault = talloc_strdup(t->ctx, fault);
    t->result.status = EX_ERROR;
    pthread_mutex_unlock(&t->lock);
}

/* A finding about the whole submission: it was never run. */
static void reject(struct grading *g, struct task *t, const struct finding *f)
{
    pthread_mutex_lock(&t->lock);
    t->given_up = true;
    findings_add(t->ctx, &t->findings, f);
    pthread_mutex_unlock(&t->lock);
    task_tell_found(g, t, f);
}

struct finding task_finding(const struct task *t, enum kind kind)
{
    return (struct finding){.kind = kind,
                            .engine = "build",
                            .test = "",
                            .title = kind_meaning(kind),
                            .message = "",
                            .advice = kind_advice(kind),
                            .file = t->entry->exercise->file,
                            .seen = 1,
                            .runs = 1,
                            .replay = ""};
}

/* The first "file:line:" of a compiler's output. */
static int error_line(const char *text, const char *file)
{
    const char *p = text;
    size_t n = strlen(file);

    while ((p = strstr(p, file)) != NULL) {
        if (p[n] == ':' && atoi(p + n + 1) > 0 && strstr(p, "error") != NULL) {
            return atoi(p + n + 1);
        }
        p += n;
    }
    return 0;
}

static void build_finding(struct grading *g, struct task *t,
                          const struct build *b)
{
    struct finding f;

    if (b->offence_count > 0) {
        char *message = talloc_strdup(t->ctx, "");
        for (size_t i = 0; i < b->offence_count; i++) {
            message = talloc_asprintf_append(message, "%s%s", i > 0 ? " " : "",
                                             b->offences[i].what);
        }
        f = task_finding(t, KIND_FORBIDDEN_CALL);
        f.message = message;
        f.line = b->offences[0].line;
    } else {
        f = task_finding(t, KIND_BUILD_ERROR);
        f.message = talloc_strdup(t->ctx, b->errors);
        f.line = error_line(b->errors, t->entry->exercise->file);
        f.title = f.line > 0 ? "the compiler found an error"
                  : t->entry->program != NULL
                      ? "the files make no whole program"
                      : "the file does not fit the contract";
    }
    reject(g, t, &f);
}

bool task_built(struct grading *g, struct task *t, const struct build *b)
{
    if (b->status == BUILD_OK) {
        return true;
    }
    if (proc_stopped()) {
        pthread_mutex_lock(&t->lock);
        t->given_up = true;
        pthread_mutex_unlock(&t->lock);
    } else if (b->status == BUILD_REJECTED) {
        build_finding(g, t, b);
    } else {
        task_give_up(t, b->errors);
    }
    return false;
}

/* -- what jobs share --------------------------------------------------------
 */

bool task_goes_on(struct task *t)
{
    bool on;

    pthread_mutex_lock(&t->lock);
    on = !t->given_up;
    pthread_mutex_unlock(&t->lock);
    return on && !proc_stopped();
}

bool task_has_engine(const struct grading *g, const struct task *t,
                     enum engine_id id)
{
    return g->options->engine_wanted[id] &&
           engine_policy(t->entry->exercise, id) != POLICY_OFF;
}

void task_learn_cases(struct task *t, char **names)
{
    pthread_mutex_lock(&t->lock);
    if (t->case_count == 0) {
        while (names[t->case_count] != NULL) {
            t->case_count++;
        }
        t->cases = talloc_zero_array(t->ctx, struct test_case,
                                     (unsigned)t->case_count);
        for (size_t i = 0; i < t->case_count; i++) {
            t->cases[i].name = talloc_strdup(t->ctx, names[i]);
        }
    }
    pthread_mutex_unlock(&t->lock);
}

double seconds_since(const struct timespec *t)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - t->tv_sec) +
           (double)(now.tv_nsec - t->tv_nsec) / 1e9;
}

void task_tell_found(struct grading *g, struct task *t, const struct finding *f)
{
    if (g->options->events.found != NULL) {
        pthread_mutex_lock(&g->report_lock);
        g->options->events.found(g->options->events.ctx, t->entry->exercise->id,
                                 f, seconds_since(&t->started));
        pthread_mutex_unlock(&g->report_lock);
    }
}

void task_tell_progress(struct grading *g, struct task *t,
                        enum engine_id engine, int runs)
{
    int done, total;

    pthread_mutex_lock(&t->lock);
    t->runs_done += runs;
    done = t->runs_done;
    total = t->runs_total;
    pthread_mutex_unlock(&t->lock);
    if (g->options->events.progress != NULL) {
        pthread_mutex_lock(&g->report_lock);
        g->options->events.progress(g->options->events.ctx,
                                    t->entry->exercise->id,
                                    engines[engine].name, done, total);
        pthread_mutex_unlock(&g->report_lock);
    }
}
