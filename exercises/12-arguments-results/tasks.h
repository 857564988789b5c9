/* SPDX-License-Identifier: MIT */
/* tasks.h - give each thread its own argument, get its own result back.
 *
 * Exercise 12: write tasks.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. */
#ifndef TASKS_H
#define TASKS_H
#include <stddef.h>

/* Call fn(i, args[i]) for every i < n, each call in a new thread of its own,
 * all at the same time (tasks may wait for one another), and return when every
 * thread that was started has ended and has been joined. The value that
 * fn(i, args[i]) returns is stored in results[i]; NULL is as good a value as
 * any other.
 *
 * args may be NULL: every task is then given NULL.
 * results may be NULL: the values are then dropped; the tasks run all the same.
 *
 * Returns 0 if every task ran (n may be 0), else the error number that
 * pthread_create gave, or ENOMEM. After a failed start no further start is
 * attempted; the tasks already started run to their end and have their results
 * stored, and results[i] is NULL for each task that was not started.
 * Ownership: arguments and results belong to the caller and to fn; tasks_call
 * passes them on and never frees or looks into them. What it allocates for
 * itself it has freed when it returns.
 * Threads: any number may call it at the same time, tasks included. */
int tasks_call(size_t n, void *(*fn)(size_t index, void *arg),
               void *const args[], void *results[]);

/* Set results[i] to fn(i, arg) for every i < count, exactly one call for each,
 * with the calls shared out among n_threads new threads (fewer will do if count
 * is smaller). Threads write their results straight into the shared array.
 * fn may make the first min(n_threads, count) calls wait for one another: they
 * are made by as many different threads.
 *
 * Returns 0 if the array was filled (count may be 0); EINVAL, calling nothing,
 * if n_threads is 0; else the error number that pthread_create gave, or ENOMEM:
 * then what was started has ended and been joined, no index was used twice,
 * and the contents of results are unspecified.
 * Ownership: as for tasks_call. Results is the caller's, `count` long.
 * Threads: any number may call it at the same time, each with its own results;
 * fn is called by several threads at once and may call it, too. */
int tasks_fill(size_t n_threads, size_t count,
               long (*fn)(size_t index, void *arg), void *arg, long results[]);

#endif
