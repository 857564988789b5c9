/* SPDX-License-Identifier: MIT */
/* judge_spin.h - threads that look again and again instead of sleeping, and
 * runs that were cut off.
 *
 * Part of the judge. Pure; one thread at a time per `struct judge`. */
#ifndef JUDGE_SPIN_H
#define JUDGE_SPIN_H

#include "finding.h"

#include <jansson.h>

/* The scheduler found a thread that only looks: for something nobody will do
 * any more, or while another one is given no turn. Adds to `out`. */
void judge_spin(const struct judge *j, const json_t *run, struct findings *out);

/* The time limit ended the run: a busy wait if a thread used that time up,
 * else a hang. Adds to `out`. */
void judge_timeout(const struct judge *j, const json_t *run,
                   struct findings *out);

#endif
