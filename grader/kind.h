/* SPDX-License-Identifier: MIT */
/* kind.h - the finding kinds as words. Pure; any thread. */
#ifndef KIND_H
#define KIND_H

#include "result.h"

/* The kind's name, as in file names and results: "data-race". */
const char *kind_name(enum kind kind);

/* What the kind is, in one sentence a student understands. */
const char *kind_meaning(enum kind kind);

/* What to try, in a sentence or two. */
const char *kind_advice(enum kind kind);

/* The kind called `name`, or KIND_COUNT. A longer string counts if the name
 * is followed by '-' ("data-race-no-lock.c"): the prefix of a file name. */
enum kind kind_of(const char *name);

#endif
