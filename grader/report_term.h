/* SPDX-License-Identifier: MIT */
/* report_term.h - results in words, for the student at the terminal.
 *
 * Pure: a value in, text on t->out; whether the stream took it is the
 * caller's to check (ferror). One thread at a time per stream. */
#ifndef REPORT_TERM_H
#define REPORT_TERM_H

#include "result.h"
#include "term.h"

/* Where the reports get the text of a source line from, to show it. */
struct report_source {
    /* Returns the line without its newline, valid until the next call; NULL
     * if there is none. `file` is as in struct frame. */
    const char *(*line)(void *ctx, const char *file, int line);
    void *ctx;
};

/* Write one line that says how the exercise went and, below it, its findings:
 * one defect is explained once, however many tests it fails.
 * `source` may be NULL: then no source lines are shown.
 * Returns 0 or ENOMEM (the findings are left out). */
int report_exercise(const struct term *t, const struct exercise_result *ex,
                    const struct report_source *source);

/* Write what was done to a whole program, the only one in `result`. */
void report_program(const struct term *t, const struct result *result);

/* Write the totals and what to do next. */
void report_summary(const struct term *t, const struct result *result);

#endif
