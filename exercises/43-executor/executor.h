/* SPDX-License-Identifier: MIT */
/* executor.h - tasks go in, futures come out; threads are its own business.
 *
 * Exercise 43: write executor.c, leave this file and future.h alone. The
 * comments are the contract; tests check nothing that is not promised here.
 *
 * A task is a function that returns 0 and hands out a value, or returns an
 * error number; future.h says more. */
#ifndef EXECUTOR_H
#define EXECUTOR_H
#include <stdbool.h>
#include <stddef.h>

#include "future.h"

struct executor; /* opaque: its fields are yours to choose */

/* Make an executor that will have `max_workers` threads at most. It starts
 * none yet: executor_submit does, when there is something to do.
 * Returns the executor, which the caller ends with executor_destroy; or NULL
 * if max_workers is 0 or memory runs out. */
struct executor *executor_create(size_t max_workers);

/* Hand over task(arg, &value). One of the workers will run it, once, unless its
 * future is cancelled before. Tasks are begun in the order they were submitted,
 * and one waits only while max_workers others are running, or while no further
 * thread can be started.
 * Returns 0, without waiting for any task, and writes *out_future: a reference
 * that is the caller's. He may let go of it at any time, also before the task
 * has run. Returns ESHUTDOWN after a shutdown; ENOMEM; or EAGAIN if there is
 * no worker yet and none can be started. In these cases *out_future is left
 * alone and the task never runs.
 * Threads: any number, at any time, from inside a task as well. The task sees
 * all that the caller did before. */
int executor_submit(struct executor *ex,
                    int (*task)(void *arg, void **out_value), void *arg,
                    struct future **out_future);

/* Run the task for each of the `count` arguments, on the workers, and sleep
 * until all of that has ended, also if some fail. If one cannot be submitted,
 * those before it still run, and it counts as failed with what executor_submit
 * said; whether those after it are tried is up to you. If the call itself lacks
 * memory, none runs, and it returns ENOMEM.
 * `values` is not the same array as `args`.
 * Returns 0, and values[i] is the value for args[i], in whatever order they
 * ended; or the error of the first that failed, the one with the lowest i (what
 * is in values then means nothing).
 * Threads: any number, at any time, but not from inside a task. The caller
 * sees all that the tasks did. */
int executor_map(struct executor *ex, int (*task)(void *arg, void **out_value),
                 void *const args[], void *values[], size_t count);

/* Take no more tasks. Those taken will still run. If `wait`, sleep until all of
 * them have ended, and see all that they did; else return at once. Calling it
 * again, with or without `wait`, is fine and does what it says.
 * Threads: any number, at any time; with `wait` not from inside a task. */
void executor_shutdown(struct executor *ex, bool wait);

/* Shut down, wait, join all threads and free the executor. Futures live on
 * until they are released.
 * Not from inside a task. No other thread may be inside, or later enter, an
 * executor call; only tasks that are still to end may call executor_submit. */
void executor_destroy(struct executor *ex);
#endif
