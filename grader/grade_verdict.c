/* SPDX-License-Identifier: MIT */
/* grade_verdict.c - see grade_verdict.h. */
#include "grade_verdict.h"
#include "grade_program.h"
#include "proc.h"

#include <stdlib.h>
#include <string.h>

static int by_test_and_kind(const void *a, const void *b, void *arg)
{
    const struct finding *x = a, *y = b;
    const struct task *t = arg;
    size_t i = 0, k = 0;

    while (i < t->case_count && strcmp(t->cases[i].name, x->test) != 0) {
        i++;
    }
    while (k < t->case_count && strcmp(t->cases[k].name, y->test) != 0) {
        k++;
    }
    if (x->advisory != y->advisory) {
        return x->advisory - y->advisory;
    }
    if (i != k) {
        return i < k ? -1 : 1;
    }
    if (x->kind != y->kind) {
        return x->kind < y->kind ? -1 : 1;
    }
    return (x->story.count > 0) != (y->story.count > 0)
               ? (x->story.count > 0 ? -1 : 1)
               : y->seen - x->seen;
}

/* The one in `list` that is about the same thing as `f`; NULL if none is. */
static struct finding *same_in(struct findings *list, const struct finding *f)
{
    for (size_t i = 0; i < list->count; i++) {
        struct finding *x = &list->list[i];
        if (x->kind == f->kind && strcmp(x->test, f->test) == 0 &&
            strcmp(x->file, f->file) == 0 && x->line == f->line) {
            return x;
        }
    }
    return NULL;
}

static void name_engine(TALLOC_CTX *ctx, struct finding *f, const char *name)
{
    const char *others = f->others != NULL ? f->others : "";

    if (strcmp(f->engine, name) != 0 && strstr(others, name) == NULL) {
        f->others = talloc_asprintf(ctx, "%s, %s", others, name);
    }
}

static void join(TALLOC_CTX *ctx, struct finding *same, const struct finding *f)
{
    const char *other = f->engine;

    same->seen += f->seen;
    same->runs += f->runs;
    same->advisory = same->advisory && f->advisory;
    if (same->story.count == 0 && f->story.count > 0) {
        same->story = f->story; /* and the token that repeats it */
        same->replay = f->replay;
        other = same->engine;
        same->engine = f->engine;
    }
    name_engine(ctx, same, other);
}

/* Findings of different engines about one thing become one. */
static void merge_engines(struct task *t)
{
    struct findings merged = {0};

    for (size_t i = 0; i < t->findings.count; i++) {
        const struct finding *f = &t->findings.list[i];
        struct finding *same = same_in(&merged, f);
        if (same != NULL) {
            join(t->ctx, same, f);
        } else {
            findings_append(t->ctx, &merged, f);
        }
    }
    t->findings = merged;
}

static void mark_headlines(struct task *t)
{
    const char *test = NULL;

    if (t->findings.count == 0) {
        return;
    }
    qsort_r(t->findings.list, t->findings.count, sizeof *t->findings.list,
            by_test_and_kind, t);
    for (size_t i = 0; i < t->findings.count; i++) {
        struct finding *f = &t->findings.list[i];
        f->headline =
            !f->advisory && (test == NULL || strcmp(test, f->test) != 0);
        test = f->test;
    }
}

static bool fails(const struct task *t)
{
    for (size_t i = 0; i < t->findings.count; i++) {
        if (!t->findings.list[i].advisory) {
            return true;
        }
    }
    return false;
}

static void score_tests(struct task *t)
{
    const struct exercise *e = t->entry->exercise;
    struct exercise_result *r = &t->result;
    double total = 0;

    r->tests =
        talloc_zero_array(t->ctx, struct test_result, (unsigned)t->case_count);
    r->test_count = t->case_count;
    for (size_t i = 0; i < t->case_count; i++) {
        total += exercise_weight(e, t->cases[i].name);
    }
    for (size_t i = 0; i < t->case_count; i++) {
        struct test_result *tr = &r->tests[i];
        tr->name = t->cases[i].name;
        tr->max_score =
            total > 0 ? (double)e->points * exercise_weight(e, tr->name) / total
                      : 0;
        tr->status = t->cases[i].failed ? TEST_FAILED : TEST_PASSED;
        tr->score = t->cases[i].failed ? 0 : tr->max_score;
        if (!t->cases[i].failed) {
            tr->proof = t->cases[i].proof;
        }
        r->score += tr->score;
    }
    if (t->case_count == 0 && !fails(t)) {
        r->score = e->points; /* Criterion alone tells no names */
    }
    if (r->score > e->points - 1e-6) {
        r->score = e->points; /* the sum of the shares, without rounding */
    }
}

/* True if there is nothing that a verdict could be made of. */
static bool nothing_ran(const struct task *t)
{
    for (int i = 0; i < ENGINE_COUNT; i++) {
        if (t->engine[i].runs > 0) {
            return false;
        }
    }
    return t->findings.count == 0;
}

void verdict_make(struct task *t)
{
    struct exercise_result *r = &t->result;

    if (t->entry->program != NULL) {
        grade_program_say_cut_off(t);
    }
    merge_engines(t);
    mark_headlines(t);
    r->findings = t->findings.list;
    r->finding_count = t->findings.count;
    r->seconds = seconds_since(&t->started);
    r->engines = talloc_zero_array(t->ctx, struct engine_result, ENGINE_COUNT);
    r->engine_count = ENGINE_COUNT;
    for (int i = 0; i < ENGINE_COUNT; i++) {
        r->engines[i] = t->engine[i];
        r->engines[i].name = engines[i].name;
        r->engines[i].status = t->engine[i].runs == 0         ? TEST_SKIPPED
                               : t->engine[i].failed_runs > 0 ? TEST_FAILED
                                                              : TEST_PASSED;
    }
    if (r->status == EX_ERROR) {
        return;
    }
    if (proc_stopped()) {
        r->status = EX_ERROR;
        r->fault = "interrupted";
        r->interrupted = true;
        return;
    }
    if (nothing_ran(t)) {
        r->status = EX_ERROR;
        r->unjudged = true;
        r->fault = "nothing was run: none of the engines that were asked for "
                   "can judge this (docs/what-is-proved.md says which cannot "
                   "judge what); ask for others with --engines";
        return;
    }
    score_tests(t);
    r->status = fails(t) ? EX_FAILED : EX_PASSED;
}
