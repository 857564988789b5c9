/* SPDX-License-Identifier: MIT */
/* limiter.h - at most so many calls in any window of time.
 *
 * Exercise 38: write limiter.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. For the arithmetic
 * of time there is moment.h.
 *
 * A permit is given at a moment between the call that asks for it and that
 * call's return. Of any max_calls + 1 of these moments, the last is window_ms
 * after the first, or more, on CLOCK_MONOTONIC: wherever a window begins, it
 * never holds more than max_calls. */
#ifndef LIMITER_H
#define LIMITER_H

struct limiter; /* opaque: its fields are yours to choose */

/* Make an open limiter that gives at most `max_calls` permits in `window_ms`
 * milliseconds. Every value of the types works but 0, as far as there is memory
 * for max_calls moments.
 * Returns it, or NULL if one of the two is 0 or there is no memory.
 * The caller owns it and ends it with limiter_destroy. */
struct limiter *limiter_create(unsigned max_calls, unsigned window_ms);

/* Take a permit; sleep until there is one, and burn no processor time.
 * Returns 0, or ESHUTDOWN if the limiter is closed, before the call or while it
 * waits.
 * Threads: any number, at any time. Who comes first need not be served first.
 */
int limiter_acquire(struct limiter *l);

/* Take a permit if there is one; never wait for one.
 * Returns 0; EAGAIN if max_calls permits were given less than window_ms ago, or
 * if the next one is for somebody who waits; ESHUTDOWN if it is closed.
 * Threads: any number, at any time, also while others wait. */
int limiter_try(struct limiter *l);

/* Close the limiter for good, and release every thread that waits. Closing it
 * again changes nothing.
 * Threads: any number, at any time, also while others wait. */
void limiter_close(struct limiter *l);

/* Free the limiter, closed or not.
 * No thread may be inside, or later enter, a limiter call. */
void limiter_destroy(struct limiter *l);
#endif
