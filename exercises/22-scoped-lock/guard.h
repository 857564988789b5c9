/* SPDX-License-Identifier: MIT */
/* guard.h - a lock that is held by a function, not between two calls.
 *
 * Exercise 22: write guard.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. */
#ifndef GUARD_H
#define GUARD_H
#include <stdbool.h>
#include <stddef.h>

struct guard; /* opaque: its fields are yours to choose */

/* Make a guard that nobody is inside of.
 * Returns it, or NULL if there is no memory. The caller owns it and ends it
 * with guard_destroy. */
struct guard *guard_create(void);

/* Wait for the lock, call body(arg) with the lock held, and release it however
 * body ends:
 *   - it returns: guard_with then returns what body returned;
 *   - it calls pthread_exit: the thread ends, with the lock released;
 *   - the thread is cancelled in body (pthread_cancel; the type of cancellation
 *     is the deferred one): likewise. body is as open to it as its thread was.
 * No two bodies of one guard run at the same time, except while one of them
 * sleeps in guard_wait. All that a body has done is visible to later ones.
 * Nothing that guard_with has taken is kept when it is left, whichever way.
 * Whether a thread can be cancelled while it waits for the lock is yours to
 * choose; if it can, it ends without the lock.
 * body may use other guards; it may not enter this one again.
 * Threads: any number. */
int guard_with(struct guard *g, int (*body)(void *arg), void *arg);

/* Sleep until ready(arg) is true, with the lock released while asleep. Call it
 * in a body of `g`. ready is called with the lock held, and the lock is held
 * again when guard_wait returns, with ready(arg) true.
 * The thread can be cancelled while it sleeps here: that ends the body, as
 * above. */
void guard_wait(struct guard *g, bool (*ready)(void *arg), void *arg);

/* Make all who sleep in guard_wait look again. Call it in a body of `g`, when
 * something has changed that they may be waiting for. */
void guard_notify(struct guard *g);

/* How many threads are inside: those that have entered a body and not left it,
 * by whatever way, the sleepers included.
 * Threads: any number, but not within a body of `g`. */
size_t guard_inside(struct guard *g);

/* Free the guard. No thread may be inside, or later enter, a guard call. */
void guard_destroy(struct guard *g);

#endif
