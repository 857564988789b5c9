/* SPDX-License-Identifier: MIT */
/* judge.h - from the evidence of one run to findings in plain words.
 *
 * No input or output: evidence in, values out. Everything is allocated on
 * the context given. One thread at a time per `struct judge`. */
#ifndef JUDGE_H
#define JUDGE_H

#include "finding.h"
#include "helgrind.h"
#include "judge_context.h"

#include <jansson.h>

/* What the run `run` (one answer of the fork server) and the races Helgrind
 * reported for it prove. Adds to `out`; a finding already there is counted
 * as seen again instead. Returns true if anything that costs points came up.
 */
bool judge_run(const struct judge *j, const json_t *run,
               const struct helgrind_race *races, size_t race_count,
               struct findings *out);

/* A server that was lost twice (runner.h): the submission killed it. How it
 * ended, and what it wrote to standard error; both may be kept. */
void judge_gone(const struct judge *j, const char *ending, const char *errors,
                struct findings *out);

#endif
