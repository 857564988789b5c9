/* SPDX-License-Identifier: MIT */
/* judge_end.h - how a run ended: standing still, cut off, by a signal, by a
 * failed check, by an exit.
 *
 * Part of the judge. Pure; one thread at a time per `struct judge`. */
#ifndef JUDGE_END_H
#define JUDGE_END_H

#include "finding.h"

#include <jansson.h>

/* What the end of the run proves, if it was not as it should be. Adds to
 * `out`. */
void judge_end(const struct judge *j, const json_t *run, struct findings *out);

#endif
