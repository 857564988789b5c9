/* SPDX-License-Identifier: MIT */
/* grade_program.h - what is special to the grading of a whole program: its
 * sources, programs that serve for ever, engines that would misjudge it.
 *
 * Part of the grading. */
#ifndef GRADE_PROGRAM_H
#define GRADE_PROGRAM_H

#include "grade_task.h"

/* Read its files, which places are shown from, and build one flavour: a
 * program that does not compile or link is known at once. The result is on
 * `ctx`, which must live as long as the task. Before any other build of the
 * task; nobody else at work on it. */
struct build grade_program_read(TALLOC_CTX *ctx, struct grading *g,
                                struct task *t);

/* If no run came to its end, a finding says so. When all engines are done, with
 * the task locked. */
void grade_program_say_cut_off(struct task *t);

/* Some programs serve for ever, and are right to. One that is still at work
 * when undisturbed runs of `binary` (FLAVOUR_EXPLORE) are cut off is taken for
 * such, and a finding says so. Nobody else at work on the task. */
void grade_program_find_endless(struct grading *g, struct task *t,
                                TALLOC_CTX *ctx, const char *binary);

#endif
