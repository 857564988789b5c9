/* SPDX-License-Identifier: MIT */
/* judge_context.h - the run at hand, as the parts of the judge know it: plain
 * data. One thread at a time. */
#ifndef JUDGE_CONTEXT_H
#define JUDGE_CONTEXT_H

#include "source.h"
#include "symbol.h"

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
    bool no_mutex;       /* the exercise forbids them */
};

#endif
