/* SPDX-License-Identifier: MIT */
/* judge.h - from the evidence of one run to findings in plain words.
 *
 * No input or output: evidence in, values out. Everything is allocated on
 * the context given. One thread at a time per `struct judge`. */
#ifndef JUDGE_H
#define JUDGE_H

#include "finding.h"
#include "helgrind.h"
#include "symbol.h"

#include <jansson.h>

/* A file whose places can be named to the reader. */
struct source {
    const char *name; /* "bank.c" */
    const char *text; /* may be NULL */
    bool test;        /* the kit's, not the submission's */
};

struct judge {
    TALLOC_CTX *ctx;
    struct symbols *symbols;
    const char *binary;           /* as tools print it */
    const struct source *sources; /* the submission's first */
    size_t source_count;
    bool program; /* a whole program, not a test: its main is main, and what
                     none of its runs can show is advice at most */
    bool strict;  /* advice costs, too */
    const char *expected; /* program: the exit status wanted; NULL: any */
    const char *engine;
    const char *test;    /* the case */
    const char *replay;  /* token of this run */
    bool advisory_races; /* the exercise's policy for this engine */
};

/* What the run `run` (one answer of the fork server) and the races Helgrind
 * reported for it prove. Adds to `out`; a finding already there is counted
 * as seen again instead. Returns true if anything that costs points came up.
 */
bool judge_run(const struct judge *j, const json_t *run,
               const struct helgrind_race *races, size_t race_count,
               struct findings *out);

/* The end of a test runner: the submission killed it. */
void judge_gone(const struct judge *j, const char *errors,
                struct findings *out);

/* Line `line` of `text` without its indentation, on `ctx`; NULL if there is
 * none. */
const char *source_line(TALLOC_CTX *ctx, const char *text, int line);

#endif
