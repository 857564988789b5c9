/* SPDX-License-Identifier: MIT */
/* barrier.h - a place where threads wait until all of them have come, again
 * and again, and which can break.
 *
 * Exercise 34: write barrier.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * You build it from a mutex and condition variables: pthread_barrier_wait is
 * forbidden in this exercise.
 *
 * Threads: any number may be in any of the calls at any time, except where it
 * says otherwise. */
#ifndef BARRIER_H
#define BARRIER_H
#include <stdbool.h>

struct barrier; /* opaque: its fields are yours to choose */

/* Make a barrier for `parties` threads, empty and not broken.
 * Returns the barrier, which the caller ends with barrier_destroy; or NULL if
 * parties is 0 or memory runs out. */
struct barrier *barrier_create(unsigned parties);

/* Sleep until `parties` threads have come, this one included. The last of them
 * completes the round: all of them go on, and the next to come is the first of
 * a new round, even if some of the old one have not woken up yet.
 *
 * Returns 0, and in *out_index a number from 0 to parties - 1, to each thread
 * of a round another one. Returns ECANCELED if the barrier is broken, or if it
 * breaks or is reset while this thread waits; *out_index is not written then.
 * A round that is complete stays so: its threads get 0, whatever happens to
 * the barrier before they have woken up.
 * All that the threads of a round did before it is visible to each of them
 * after it. */
int barrier_wait(struct barrier *b, unsigned *out_index);

/* As barrier_wait, but for `timeout_ms` milliseconds at most, measured on
 * CLOCK_MONOTONIC from the call. If the time has passed (never sooner; at once
 * if timeout_ms is 0) and the round is not complete, it breaks the barrier and
 * returns ETIMEDOUT. */
int barrier_timed_wait(struct barrier *b, unsigned timeout_ms,
                       unsigned *out_index);

/* Break the barrier: all who wait there return ECANCELED, and so do all who
 * come later, until it is reset. Breaking a broken barrier changes nothing. */
void barrier_abort(struct barrier *b);

/* Make the barrier as new: empty and not broken. All who wait there return
 * ECANCELED. */
void barrier_reset(struct barrier *b);

/* Returns true if the barrier is broken at this moment. */
bool barrier_is_broken(struct barrier *b);

/* Free the barrier. No thread may be inside, or later enter, a barrier call. */
void barrier_destroy(struct barrier *b);
#endif
