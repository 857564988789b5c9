/* SPDX-License-Identifier: MIT */
/* crew.h - threads that run jobs, and lose no error of theirs.
 *
 * Exercise 46: write crew.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. The queue in jobs.h
 * is given.
 *
 * A job is a function that succeeds with 0, or fails with -1 and the reason,
 * not 0, in errno: like most functions of POSIX. When it succeeds, errno means
 * nothing, whatever its value. Each error goes two ways: it is given to the
 * crew's hook at once, and it is returned to whoever waits. */
#ifndef CREW_H
#define CREW_H
#include <stddef.h>

struct crew; /* opaque: its fields are yours to choose */

/* Start `workers` threads, 1 at least, that wait for jobs. `hook` may be NULL:
 * then there are no calls. Otherwise, for each job that has failed, there is
 * one hook(job_arg, error, hook_arg), with the job's argument and what the job
 * left in errno:
 * - the worker that ran the job makes the call, before the job has ended in
 *   the sense of crew_wait;
 * - never are two calls of one crew made at the same time, and a call sees all
 *   that earlier calls did;
 * - the call may use crew_submit, nothing else of the crew, and may change
 *   errno.
 *
 * Returns the crew, or NULL if `workers` is 0, memory runs out or a thread
 * cannot be started; no thread is left behind then.
 * The caller owns it and ends it with crew_destroy. */
struct crew *crew_create(size_t workers,
                         void (*hook)(void *job_arg, int error, void *hook_arg),
                         void *hook_arg);

/* Have job(arg) run once by one of the workers. Jobs are begun in the order of
 * their submits, and as many run at once as there are workers. Whether a job
 * fails makes no difference to the others, nor to the workers.
 * Returns 0, or ENOMEM (it will not run). The crew never touches what arg
 * points at.
 * Threads: any number, at any time, from inside a job or the hook as well. */
int crew_submit(struct crew *c, int (*job)(void *arg), void *arg);

/* Sleep until every job that has been submitted has ended, those included that
 * are submitted meanwhile; return at once if all have. A job that fails ends
 * when its hook returns. Burns no processor time while it waits.
 * Returns 0 if no job has failed, else the error of one that has: of all that
 * have failed since an error was last returned by crew_wait, the one submitted
 * first. That settles the others as well, so of several who wait at the same
 * time one gets the error, and the next wait begins with a clean sheet.
 * Threads: any number, at any time, but not from inside a job or the hook. All
 * that the jobs and hooks did is visible to the caller. */
int crew_wait(struct crew *c);

/* Wait until all jobs have ended, end the workers, free the crew.
 * Returns what crew_wait would have returned.
 * No thread but workers may be inside, or later enter, a call on it. */
int crew_destroy(struct crew *c);
#endif
