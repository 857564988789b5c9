/* SPDX-License-Identifier: MIT */
/* judge_memory.h - memory errors and leaks, as AddressSanitizer and
 * LeakSanitizer tell them.
 *
 * Part of the judge. Pure; one thread at a time per `struct judge`. */
#ifndef JUDGE_MEMORY_H
#define JUDGE_MEMORY_H

#include "finding.h"

#include <jansson.h>

/* What to try where the thread that uses a block has freed it itself: no
 * schedule is to blame. */
#define ADVICE_FREED_ITSELF                                    \
    "One thread does both: what it has called in between, or " \
    "calls again, gives the block back too early."

/* For a local variable that is gone before its last use. */
#define ADVICE_LIFETIME                                                       \
    "Let whoever has the variable wait for the thread before it goes on, or " \
    "give the thread a block of its own (malloc), which it frees itself."

/* What the two wrote during the run, error by error. Adds to `out`. */
void judge_memory(const struct judge *j, const json_t *run,
                  struct findings *out);

/* The access or call that the run was stopped for: who made it, what it was in
 * a word or two, and where. False if there was none. */
bool judge_memory_end(const struct judge *j, const json_t *run, long *thread,
                      const char **what, struct frame *at);

#endif
