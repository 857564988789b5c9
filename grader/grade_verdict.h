/* SPDX-License-Identifier: MIT */
/* grade_verdict.h - from all that was found in a task to its result: findings
 * merged and in order, headlines, points. */
#ifndef GRADE_VERDICT_H
#define GRADE_VERDICT_H

#include "grade_task.h"

/* Fill in t->result. Everything stays on the task's context. Its caller holds
 * t->lock, or is the only one at work on the task. */
void verdict_make(struct task *t);

#endif
