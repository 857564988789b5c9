/* SPDX-License-Identifier: MIT */
/* grade_job.h - a job: one round of an engine, on all cases of a task.
 *
 * Part of the grading. Any worker; one job at a time per task and engine is at
 * work, others wait for it. */
#ifndef GRADE_JOB_H
#define GRADE_JOB_H

#include "grade_task.h"

/* The first round is what the quick profile would do, for most mistakes show
 * at once; the last one does the rest. */
struct job {
    struct task *task;
    enum engine_id engine;
    bool last;
};

/* Do it. The first job of a task compiles and audits the submission; others
 * wait for its word. After the last round under AddressSanitizer Criterion's
 * own runner follows, if it is wanted. Nothing is done for a task that was
 * given up, nor after an interrupt. */
void job_run(struct grading *g, const struct job *job);

#endif
