/* SPDX-License-Identifier: MIT */
/* record.h - how far a student has come: the last grading of each exercise,
 * kept in build/record/ of the kit. Nothing but `list` depends on it, so that
 * it may be lost or out of date. Main thread only. */
#ifndef RECORD_H
#define RECORD_H

#include "course.h"
#include "result.h"

enum record_state {
    RECORD_NOT_STARTED, /* the stub is as handed out */
    RECORD_BEGUN,       /* changed, and not graded as it is now */
    RECORD_GRADED
};

struct record {
    enum record_state state;
    double score, max_score; /* RECORD_GRADED; else 0 */
};

/* Where the student's file in the kit's own exercises/ stands. */
struct record record_read(const struct course *c, const struct exercise *e);

/* Keep a result of that file. Errors are nobody's concern. */
void record_keep(const struct course *c, const struct exercise_result *r);

/* Where a note of one kind about an exercise is kept: build/WHAT/ID of the kit,
 * whose folder is made if need be. On ctx. */
char *record_path(TALLOC_CTX *ctx, const struct course *c, const char *what,
                  const char *id);

/* True if it has all points. */
bool record_passed(const struct record *r);

#endif
