/* SPDX-License-Identifier: MIT */
/* small_course.h - a kit in a temporary folder with one tiny exercise, for
 * tests that build and grade for real. Uses the runtime in build/. */
#ifndef SMALL_COURSE_H
#define SMALL_COURSE_H

#include "build.h"
#include "course.h"
#include "sandbox.h"

#include <talloc.h>

struct small_course {
    TALLOC_CTX *ctx; /* free it to remove everything */
    char *root, *scratch;
    struct course *course;
    struct sandbox *sandbox;
    struct builder *builder;
};

/* The exercise is 01-sum: sum.h promises `int sum_add(int a, int b)` and
 * `int sum_calls(void)`; test_sum.c has the cases adds (weight 3) and
 * counts_calls (weight 1). `yaml` is added to its exercise.yaml. */
struct small_course small_course(const char *yaml);

/* Load the course again, and open another builder with the same cache, as
 * the next start of the program would. */
void small_course_again(struct small_course *c);

/* Write a submission; returns its path. */
char *small_course_submission(const struct small_course *c, const char *text);

extern const char small_course_stub[], small_course_right[];

#endif
