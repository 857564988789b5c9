/* SPDX-License-Identifier: MIT */
/* source.h - the text that places are shown from. Pure; any thread. */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <talloc.h>

/* A file whose places can be named to the reader. */
struct source {
    const char *name; /* "bank.c" */
    const char *text; /* may be NULL */
    bool test;        /* the kit's, not the submission's */
};

/* Line `line` of `text` without its indentation, on `ctx`; NULL if there is
 * none, or no text. */
const char *source_line(TALLOC_CTX *ctx, const char *text, int line);

/* The same with its indentation, for columns to count in. */
const char *source_raw_line(TALLOC_CTX *ctx, const char *text, int line);

#endif
