/* SPDX-License-Identifier: MIT */
/* judge_standstill.h - threads that wait for ever: in a circle, or for what
 * nobody will do.
 *
 * Part of the judge. Pure; one thread at a time per `struct judge`. */
#ifndef JUDGE_STANDSTILL_H
#define JUDGE_STANDSTILL_H

#include "finding.h"

#include <jansson.h>

/* The threads numbered in `circle` wait each for the next, the last one for
 * the first. Adds to `out`. */
void judge_deadlock(const struct judge *j, const json_t *run,
                    const json_t *circle, struct findings *out);

/* Every thread sleeps in a wait that only another thread could end: a circle
 * if there is one, else a hang. Adds to `out`. */
void judge_stuck(const struct judge *j, const json_t *run,
                 struct findings *out);

/* The run came to no end, and the thread to name first waits. `ending` is the
 * sentence that says why that is for ever. Adds to `out`. */
void judge_hang(const struct judge *j, const json_t *run, const char *ending,
                struct findings *out);

#endif
