/* SPDX-License-Identifier: MIT */
/* blame.h - what is to blame for a failure: the order of the threads' steps, a
 * spurious wake-up, or a load of an older value. The server only. */
#ifndef BLAME_H
#define BLAME_H

#include "explore.h"

/* The last run failed, in an exploration that `seed` names: reduces it, clears
 * it of what is innocent, and runs what is left. Returns whether the failure
 * came again. */
bool blame(const struct explorer *e, uint64_t seed, struct outcome *o);

/* Before a schedule found earlier is replayed, if it has spurious wake-ups:
 * which waits are in a loop. */
void blame_seek_loops(const struct explorer *e, struct outcome *o);

/* True if the wait called at `wait` (a return address) has been seen to be in a
 * loop: a thread that woke up for no reason looked and waited there again. */
bool blame_is_loop(uintptr_t wait);

/* What the last run shows of that. */
void blame_learn(void);

/* Another case begins. */
void blame_reset(void);

#endif
