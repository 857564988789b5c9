/* SPDX-License-Identifier: MIT */
/* completed.h - wait for several futures: for each as it comes, for the first,
 * for the first that fails, for all.
 *
 * Exercise 44: write completed.c, leave this file and future.h alone. The
 * comments are the contract; tests check nothing that is not promised here.
 *
 * A future is done when it is finished or cancelled. It has failed if it is
 * done and future_result returns other than 0; so a cancelled one has failed.
 *
 * All waiting is asleep: it burns no processor time. A `timeout_ms` counts in
 * milliseconds, on CLOCK_MONOTONIC, from the call; 0 only looks, and a negative
 * one is no limit. Every value of the type works. */
#ifndef COMPLETED_H
#define COMPLETED_H
#include <stddef.h>

#include "future.h"

struct completed; /* opaque: its fields are yours to choose */

/* Begin to collect: `count` futures (0 is fine), none of them twice, done or
 * not. The array is read during the call only. The futures stay the caller's,
 * who keeps them until after completed_destroy.
 * Returns the collection, which the caller ends with completed_destroy; or NULL
 * if memory runs out. */
struct completed *completed_create(struct future *const fs[], size_t count);

/* Give out one of the futures that are done, each exactly once. First come
 * those that were done before completed_create was called, in the order of the
 * array, and last those that got done after it had returned, in the order in
 * which they did. One that gets done during that call may come anywhere before
 * the last ones. Sleeps while there is none and one is still to come.
 * Returns 0 and writes *out_future; ENOENT if all have been given out, before
 * the call or while it waited; or ETIMEDOUT if the time has passed (never
 * sooner) and there was none by then. *out_future is written only on 0.
 * Threads: any number, at any time, while any others run or cancel the
 * futures. All that the task did is visible to whoever gets its future. */
int completed_next(struct completed *c, long timeout_ms,
                   struct future **out_future);

/* Free the collection, whether or not its futures are done. Those that are not
 * go on as if nobody had ever collected them. Does not wait for any task.
 * No thread may be inside, or later enter, a call on the collection; but
 * others may be running or cancelling the futures. */
void completed_destroy(struct completed *c);

enum completed_goal {
    FIRST_COMPLETED, /* at least one is done */
    FIRST_ERROR,     /* at least one has failed, or all are done */
    ALL_COMPLETED    /* all are done */
};

/* Sleep until the goal is reached, for `count` futures as in completed_create.
 * With none at all it is reached at once.
 * Returns 0 if it is reached; ETIMEDOUT if the time has passed (never sooner)
 * and it was not by then; or ENOMEM. The call leaves no trace in the futures.
 * Threads: any number, at any time, while any others run or cancel the
 * futures. */
int completed_wait(struct future *const fs[], size_t count,
                   enum completed_goal goal, long timeout_ms);
#endif
