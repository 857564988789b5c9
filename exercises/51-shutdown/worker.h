/* SPDX-License-Identifier: MIT */
/* worker.h - a thread with a queue of its own, and an owner who ends it.
 *
 * Exercise 51: write worker.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * Items are pointers that the worker never looks at, NULL included. Whatever
 * worker_put has taken is passed on once: to handle, or to drop. */
#ifndef WORKER_H
#define WORKER_H
#include <stdbool.h>

struct worker; /* opaque: its fields are yours to choose */

/* How to stop. */
enum worker_stop {
    WORKER_DRAIN, /* first handle what has been put */
    WORKER_NOW    /* end the item in hand, and drop the others */
};

/* Make a worker. It has no thread yet.
 * handle(arg, item) will be called in the worker's thread, for one item after
 * the other, in the order they were put. drop(arg, item) will be called for
 * each item that never gets there, in the worker's thread or in one that is in
 * worker_stop or worker_destroy. No two of these calls happen at the same
 * time. handle may call every function of its worker but worker_destroy; drop
 * may call none.
 * Returns the worker, which the caller ends with worker_destroy; or NULL if
 * there is no memory. *arg is never touched. */
struct worker *worker_create(void (*handle)(void *arg, void *item),
                             void (*drop)(void *arg, void *item), void *arg);

/* Start the worker's thread.
 * Returns 0; ESHUTDOWN once somebody has called worker_stop; EALREADY if it
 * was started before; or the error of pthread_create: then it is not started,
 * and may be started later.
 * Threads: any number, at any time. */
int worker_start(struct worker *w);

/* Put an item at the end of the queue. It may be done before the start: the
 * items wait.
 * Returns 0, without waiting for anything; ESHUTDOWN once somebody has called
 * worker_stop; or ENOMEM. If not 0 the item remains the caller's.
 * Threads: any number, at any time. handle sees all that the caller did
 * before. */
int worker_put(struct worker *w, void *item);

/* Has anybody asked for WORKER_NOW? A handle that takes long looks here now
 * and then, and returns early.
 * Threads: any number, at any time. */
bool worker_stopping(struct worker *w);

/* Ask the worker to stop, and sleep until it has. From now on nothing can be
 * put. Every call but one from handle (see below) waits, however many there
 * are and whenever they come: a later one makes no difference, except that
 * WORKER_NOW holds from the moment it is asked for, even if others wait for a
 * WORKER_DRAIN. The item in hand is never cut short. A worker that was not
 * started drops all its items.
 * Returns 0 when the thread has ended and is joined, if there ever was one,
 * and every item has been handled or dropped; the caller sees all that handle
 * and drop did. Or returns EDEADLK at once if called from handle, which would
 * wait for itself: the worker will stop as asked, but somebody else still has
 * to call worker_stop or worker_destroy.
 * Threads: any number, at any time. */
int worker_stop(struct worker *w, enum worker_stop how);

/* Stop the worker as with WORKER_NOW, unless that is done already, and free
 * it. Not from handle. No other thread may be inside, or later enter, a worker
 * call on `w`, except handle. */
void worker_destroy(struct worker *w);
#endif
