/* SPDX-License-Identifier: MIT */
/* later.h - a function that is called later, unless somebody cancels it.
 *
 * Exercise 37: write later.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. For the arithmetic
 * of time there is deadline.h. */
#ifndef LATER_H
#define LATER_H
#include <stdbool.h>

struct later; /* opaque: its fields are yours to choose */

/* Call fn(arg) once, `delay_ms` milliseconds after this call or later, never
 * sooner, on CLOCK_MONOTONIC, in a thread of its own. 0 and every other value
 * work.
 * Returns the timer, or NULL if there is no memory or no thread to be had (fn
 * is not called then, and nothing is left behind). The caller owns the timer
 * and ends it with later_destroy. *arg is never touched.
 * Threads: any number, at any time. */
struct later *later_start(unsigned delay_ms, void (*fn)(void *arg), void *arg);

/* Call it off, if it is not too late. Never waits for fn, and wakes those who
 * are in later_wait if there is nothing to wait for any more.
 * Returns true if fn was not called, and will not be; false if the call of fn
 * has begun, or is over. Whoever asks, and as often as they ask: once it has
 * been called off the answer is true, and once it has begun it is false.
 * Threads: any number, at any time, also fn itself. */
bool later_cancel(struct later *l);

/* Sleep until fn has returned, or until the call is called off. What fn did is
 * visible to the caller.
 * Threads: any number, at any time, but not fn itself. */
void later_wait(struct later *l);

/* Call it off, or if it is too late for that wait until fn has returned. Then
 * free the timer; nothing of its thread is left. A timer that is called off
 * does not wait for its delay to pass.
 * No other call may be inside, or come later, with `l`; nor may fn call it. */
void later_destroy(struct later *l);
#endif
