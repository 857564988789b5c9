/* SPDX-License-Identifier: MIT */
/* judge_race.h - two accesses that nothing orders, as the race detectors tell
 * them.
 *
 * Part of the judge. Pure; one thread at a time per `struct judge`. */
#ifndef JUDGE_RACE_H
#define JUDGE_RACE_H

#include "finding.h"
#include "helgrind.h"

#include <jansson.h>

/* A report of ThreadSanitizer, or of explore, which has the same form: a data
 * race; a memory error if one of the accesses frees. Nothing if both were made
 * inside a library. Adds to `out`. */
void judge_race(const struct judge *j, const json_t *run, const json_t *report,
                struct findings *out);

/* A report of Helgrind's. Likewise. */
void judge_race_helgrind(const struct judge *j, const json_t *run,
                         const struct helgrind_race *r, struct findings *out);

#endif
