/* SPDX-License-Identifier: MIT */
/* pool.h - a fixed number of threads that run whatever jobs they are given.
 *
 * Exercise 41: write pool.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. */
#ifndef POOL_H
#define POOL_H
#include <stddef.h>

struct pool; /* opaque: its fields are yours to choose */

/* Start `workers` threads that wait for jobs.
 * Returns the pool, which the caller ends with pool_destroy; or NULL if
 * workers is 0, if memory runs out, or if one of the threads cannot be
 * started. In that last case those already started have ended and are joined
 * when pool_create returns. */
struct pool *pool_create(size_t workers);

/* Hand over a job: one of the workers will call run(arg), once. Jobs are begun
 * in the order they were submitted, and a job waits in the queue only as long
 * as every worker is busy with another. Any number of jobs may wait there.
 * Returns 0, without waiting for any job; ESHUTDOWN if the pool is closed, or
 * ENOMEM (the job will then not run). The pool never touches what arg points
 * at.
 * Threads: any number, at any time, from inside a job as well. The job sees
 * all that the caller did before. */
int pool_submit(struct pool *p, void (*run)(void *arg), void *arg);

/* Sleep until no job is waiting in the queue and none is running; return at
 * once if that is so already. Jobs that other jobs submit count like any
 * other.
 * Threads: any number, at any time, but never from inside a job: that one
 * would wait for itself. The caller sees all that the finished jobs did. */
void pool_wait(struct pool *p);

/* Close the pool for good: it takes no more jobs. Those it has taken will
 * still run. Does not wait for them. Closing it again changes nothing.
 * Threads: any number, at any time, from inside a job as well. */
void pool_close(struct pool *p);

/* Close the pool, let the workers run every job it has taken, join them, and
 * free it. The caller sees all that the jobs did.
 * Not from inside a job. No other thread may be inside, or later enter, a pool
 * call; only the jobs that are still to end may (a submit is ESHUTDOWN). */
void pool_destroy(struct pool *p);
#endif
