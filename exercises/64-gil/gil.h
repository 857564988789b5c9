/* SPDX-License-Identifier: MIT */
/* gil.h - the lock around an interpreter, which its holder lets go when others
 * have waited long enough.
 *
 * Exercise 64: write gil.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * deadline.h is given: it says when a wait of some milliseconds ends. */
#ifndef GIL_H
#define GIL_H
#include <stdbool.h>

struct gil; /* opaque: its fields are yours to choose */

/* Make a lock that nobody holds. `interval_ms` is the switch interval: how
 * long a thread may hold the lock while others wait for it, until they ask it
 * to let them in.
 * Returns the lock, which the caller gives to gil_destroy; or NULL if the
 * interval is 0 or there is no memory. */
struct gil *gil_create(unsigned interval_ms);

/* Sleep until nobody holds the lock, and take it. Whenever one and the same
 * thread has held it for a whole interval while the caller slept here, the
 * caller asks it to let go: its next gil_checkpoint will. Once it is asked,
 * there is nothing to look at the clock for: the caller sleeps until the lock
 * is free or has another holder.
 * Returns 0 with the lock held; or EDEADLK at once if the caller holds it
 * already (it still does, and once is enough to drop it).
 * Threads: any number, at any time. What a holder did before it let go is
 * seen by whoever takes the lock after it. */
int gil_take(struct gil *g);

/* Let go. Who comes next is not said: it may be the caller again.
 * Returns 0, never sleeping for another holder; or EPERM if the caller does
 * not hold the lock (nothing has changed). */
int gil_drop(struct gil *g);

/* Does the calling thread hold the lock? Threads: any, at any time. */
bool gil_held(struct gil *g);

/* What the interpreter calls every few instructions. If the holder has been
 * asked to let go, let go, sleep until another thread has really taken the
 * lock, and then take it again as gil_take does. Otherwise do nothing.
 * A request is for the thread that held the lock when it was made, and for the
 * time that it goes on holding it: who takes the lock has not been asked.
 * Returns whether it let go; the lock is held either way.
 * Threads: only the one that holds the lock. */
bool gil_checkpoint(struct gil *g);

/* Call work(arg) without the lock, and take it again: for work that sleeps,
 * or computes without touching what the lock protects. work may take the lock
 * itself if it drops it before it returns.
 * Returns what work returned; the lock is held.
 * Threads: only the one that holds the lock. */
int gil_allow_threads(struct gil *g, int (*work)(void *arg), void *arg);

/* Free the lock. Nobody holds it, and no thread may be inside, or later enter,
 * a gil call. */
void gil_destroy(struct gil *g);
#endif
