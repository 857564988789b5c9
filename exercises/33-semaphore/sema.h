/* SPDX-License-Identifier: MIT */
/* sema.h - a semaphore: a number of units, which threads take and give back.
 *
 * Exercise 33: write sema.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * You build it from a mutex and condition variables: the sem_... calls of
 * POSIX are forbidden in this exercise.
 *
 * Threads: any number may be in any of the calls at any time, except where it
 * says otherwise. All that a thread did before it released a unit is visible
 * to the thread that acquires it. */
#ifndef SEMA_H
#define SEMA_H

struct sema; /* opaque: its fields are yours to choose */

/* Make a semaphore that has `value` units (0 or more).
 * Returns the semaphore, which the caller ends with sema_destroy; or NULL if
 * memory runs out. */
struct sema *sema_create(unsigned value);

/* The same, but bounded: it never has more than the `value` units that it has
 * now. */
struct sema *sema_create_bounded(unsigned value);

/* Take a unit; sleep until there is one. Any thread that waits may get it. */
void sema_acquire(struct sema *s);

/* Take a unit if there is one, without waiting for it.
 * Returns 0, or EAGAIN if there is none. */
int sema_try_acquire(struct sema *s);

/* As sema_acquire, but wait for `timeout_ms` milliseconds at most, measured on
 * CLOCK_MONOTONIC from the call; burn no processor time meanwhile. 0 only
 * looks; every value of the type works.
 * Returns 0; or ETIMEDOUT if the time has passed (never sooner) and there was
 * no unit. It has taken nothing then, and stands in nobody's way. */
int sema_timed_acquire(struct sema *s, unsigned timeout_ms);

/* Give `n` units in one step, and wake as many threads as can now go on. It
 * need not be the thread that took them.
 * Returns 0; EINVAL if n is 0; EOVERFLOW if the semaphore would have more units
 * than it may: if it is bounded, than it began with; if not, than UINT_MAX.
 * After an error all is as it was, and none of the n is released. */
int sema_release(struct sema *s, unsigned n);

/* Free the semaphore, whatever units it has. No thread may be inside, or later
 * enter, a sema call. */
void sema_destroy(struct sema *s);
#endif
