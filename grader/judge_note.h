/* SPDX-License-Identifier: MIT */
/* judge_note.h - what the wrappers around the thread functions noted: misuse,
 * threads that nobody joins, uses of freed memory, locks in both orders.
 *
 * Part of the judge. Pure; one thread at a time per `struct judge`. */
#ifndef JUDGE_NOTE_H
#define JUDGE_NOTE_H

#include "finding.h"

#include <jansson.h>

/* One note. One that only explains others proves nothing by itself. Adds to
 * `out`. */
void judge_note(const struct judge *j, const json_t *run, const json_t *note,
                struct findings *out);

#endif
