/* SPDX-License-Identifier: MIT */
/* grade_confirm.h - a second opinion on the races that explore saw.
 *
 * Part of the grading. */
#ifndef GRADE_CONFIRM_H
#define GRADE_CONFIRM_H

#include "grade_task.h"

/* Have ThreadSanitizer, if it is wanted, run the schedules of those races; the
 * findings say so if it agrees. After the last job of the task, and before its
 * verdict: nobody else may be at work on it. */
void confirm_races(struct grading *g, struct task *t);

#endif
