/* SPDX-License-Identifier: MIT */
/* show.h - a grading or a replay with its reports: on the terminal while it
 * works and after it, and in the result file. Main thread only. */
#ifndef SHOW_H
#define SHOW_H

#include "grade_options.h"
#include "kit.h"
#include "plan.h"

/* What the commands were told. */
struct show {
    const char *submission;
    const char *json; /* the result file, "-" for stdout; NULL: none */
    bool require_all; /* fail unless every exercise passes */
    bool quiet, verbose;
    bool raw;            /* replay: the evidence, too */
    bool gdb;            /* replay: in the debugger */
    unsigned long times; /* replay: how often; 0: once */
    struct grade_options grade;
};

/* Grade the entries and report; returns the exit status of the program. A
 * whole program comes alone. */
int show_grading(TALLOC_CTX *ctx, struct kit *kit, struct show *s,
                 const struct entry *entries, size_t count);

/* Repeat one run and report; returns the exit status. */
int show_replay(TALLOC_CTX *ctx, struct kit *kit, const struct show *s,
                const struct entry *entry, const struct token *token);

#endif
