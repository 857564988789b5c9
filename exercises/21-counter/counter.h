/* SPDX-License-Identifier: MIT */
/* counter.h - a number that any number of threads may change and read.
 *
 * Exercise 21: write counter.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * Every call takes effect at one moment between its start and its return,
 * and no two calls at the same moment: another thread sees the counter
 * before it or after it, never in between. Callers see to it that no sum
 * falls outside the range of long. A lock of your own that spins, yielding or
 * not, counts as a busy-wait. */
#ifndef COUNTER_H
#define COUNTER_H
#include <stdbool.h>

struct counter; /* opaque: its fields are yours to choose */

/* Make a counter whose value is `start`.
 * Returns it, or NULL if there is no memory.
 * The caller owns it and ends it with counter_destroy.
 * Threads: any number; two counters have nothing to do with each other. */
struct counter *counter_create(long start);

/* Add `delta`, which may be negative.
 * Returns the value right after this addition and before any other.
 * Threads: any number. */
long counter_add(struct counter *c, long delta);

/* Add `delta`, unless that would take the value above `limit`, which may be
 * any long: that value + delta fits is all that callers see to.
 * Returns true if it was added, false if the value was left as it was.
 * Threads: any number. */
bool counter_add_within(struct counter *c, long delta, long limit);

/* Returns the value.
 * Threads: any number. */
long counter_get(struct counter *c);

/* Free the counter and all that belongs to it.
 * No thread may be inside, or later enter, a counter call on `c`. */
void counter_destroy(struct counter *c);

#endif
