/* SPDX-License-Identifier: MIT */
/* grade_case.h - the runs of one case by one engine: which are made, when it
 * is enough, and what came of them.
 *
 * Part of the grading. One thread at a time per `struct case_run`; what it
 * shares with others is guarded as grade_task.h says. */
#ifndef GRADE_CASE_H
#define GRADE_CASE_H

#include "grade_task.h"
#include "judge_context.h"
#include "runner.h"

struct case_run { /* one engine at work on a task, case after case */
    struct grading *g;
    struct task *t;
    struct runner *runner; /* NULL before case_open_runner */
    enum engine_id engine;
    const char *binary; /* the engine's flavour of the task */
    struct symbols *symbols;
    TALLOC_CTX *ctx;         /* evidence and findings are on it */
    struct timespec started; /* of the round, on all cases */
    double spent;            /* before it */

    size_t index; /* of the case at hand, */
    const char *name;
    struct so_far *so_far; /* and what has become of it */
};

/* Start the runner of c->binary. Returns how that went, and the names of its
 * cases, on c->ctx. The caller closes c->runner if it is not NULL, either way.
 */
enum runner_status case_start_runner(struct case_run *c, char ***names);

/* The same, and learn the task's cases from it. False if that is not possible:
 * then the task is given up, unless it was interrupted. */
bool case_open_runner(struct case_run *c);

/* The judge of a run of the case at hand by this plan. On c->ctx. */
struct judge case_judge(const struct case_run *c, const struct plan *plan);

/* Go on with the runs of the case at hand up to number `until`, or until more
 * would show nothing more. Returns RUNNER_GONE if the runner must be opened
 * afresh. */
enum runner_status case_grade(struct case_run *c, int until);

/* Hand over to the task what the engine made of the case at hand. Once per
 * case: after its last round. */
void case_merge(struct case_run *c);

#endif
