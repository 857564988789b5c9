/* SPDX-License-Identifier: MIT */
/* grade.h - grading submissions: the queue of jobs.
 *
 * Theory of operation. A grading is a queue of jobs, a round or two for each
 * exercise and engine. A few worker threads take jobs from it; a job
 * (grade_job.c) builds its flavour, starts one test runner and asks it for run
 * after run of each case (grade_case.c). Whatever is found is merged into the
 * exercise's task (grade_task.c) under the task's lock. When the last job of
 * an exercise is done, its verdict is made (grade_verdict.c) and reported. */
#ifndef GRADE_H
#define GRADE_H

#include "build.h"
#include "grade_options.h"
#include "result.h"
#include "sandbox.h"

/* Grade all entries into `out` (scores, statuses, findings; kit versions are
 * the caller's to fill in). Everything is allocated on `ctx`; a forgetful
 * grading leaves `out` without exercises. Returns 0;
 * ECANCELED if interrupted (what is finished is in `out`, complete false). */
int grade_all(TALLOC_CTX *ctx, struct builder *builder,
              const struct sandbox *sandbox,
              const struct grade_options *options, const struct entry *entries,
              size_t count, struct result *out);

/* True if the machine, not a submission, kept something from being graded:
 * the reason is in `fault` of an EX_ERROR exercise. */
bool grade_environment_fault(const struct result *r);

#endif
