/* SPDX-License-Identifier: MIT */
/* story.h - from the steps of a controlled run to a table a student can read.
 * Pure; one thread at a time per `struct judge`. */
#ifndef STORY_H
#define STORY_H

#include "judge_context.h"
#include "result.h"

#include <jansson.h>

/* Where a step in the evidence, which is an array, has what. */
enum {
    STEP_THREAD,
    STEP_OP,
    STEP_OBJECT,
    STEP_OTHER,
    STEP_AT,
    STEP_WHY,
    STEP_VALUE,
    STEP_ADDRESS /* of the variable, from the start of the program */
};

/* The story of a failing run; an empty one if the run was not controlled. That
 * `of_race` ends at the race, and goes on to what it led to; it is empty if the
 * accesses are no steps of the run. On the judge's context. */
struct story story_tell(const struct judge *j, const json_t *run, bool of_race);

/* The step at which two threads were seen to race, and where the other one made
 * its access; their number if there is no such thing. */
size_t story_race(const json_t *run);

#endif
