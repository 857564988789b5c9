/* SPDX-License-Identifier: MIT */
/* thread.h - a thread as an object: made, started once, joined by anybody.
 *
 * Exercise 13: write thread.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * To make a kind of thread of your own, put a struct thread first in a struct
 * of your own: run gets a pointer to the one, which is a pointer to the other.
 *
 *     struct download {
 *         struct thread base;    // must come first
 *         const char *url;
 *         char *text;            // left here by run, read after the join
 *     };
 *
 *     static void download_run(struct thread *self)
 *     {
 *         struct download *d = (struct download *)self;
 *         ...
 *
 * run ends by returning. The thread may call anything here on itself from
 * within run, but not later (from destructors of thread-specific data). */
#ifndef THREAD_H
#define THREAD_H
#include <stdbool.h>

struct thread_state; /* opaque: its fields are yours to choose */

/* The part that every kind of thread has. Callers make it and hand it to
 * thread_init; from there to thread_destroy only thread.c reads or writes its
 * fields. */
struct thread {
    void (*run)(struct thread *self);
    struct thread_state *state;
};

/* Make *t a thread object that has not been started. No thread runs yet.
 * Returns 0, or ENOMEM; then *t needs no thread_destroy.
 * *t stays with the caller and may not move; thread_destroy gives back what
 * this call took. */
int thread_init(struct thread *t, void (*run)(struct thread *self));

/* Start a thread that calls run(t) once and then ends. What the caller wrote
 * before this call, run may read.
 * Returns 0; EALREADY if it has been started before, ended or not; or the
 * error of pthread_create: then *t is as before the call, and may be started
 * again later.
 * Threads: any number; of several starts only one returns 0. */
int thread_start(struct thread *t);

/* Look, without waiting for the thread.
 * Returns true from the moment thread_start has returned 0 or run has begun,
 * whichever comes first, until run returns; false before the first start, and
 * after a join has returned 0.
 * Threads: any number, at any time, run included. */
bool thread_is_alive(struct thread *t);

/* Sleep until the thread has ended. run has returned then, the destructors of
 * its thread-specific data have run, and all that it wrote may be read.
 * Returns 0, at once if the thread has been joined before; EINVAL if it has
 * not been started; EDEADLK if that very thread calls it.
 * Threads: any number, at the same time and one after the other. Each that
 * gets 0 may rely on all of the above. */
int thread_join(struct thread *t);

/* As thread_join, but wait for `timeout_ms` milliseconds at most, measured on
 * CLOCK_MONOTONIC from the call, for run to return. 0 only looks. Sleeps while
 * it waits.
 * Returns as thread_join does, or ETIMEDOUT if the time has passed (never
 * sooner) and run has not returned: the thread runs on, and is still to be
 * joined. */
int thread_timedjoin(struct thread *t, unsigned timeout_ms);

/* Give back what thread_init took. The thread has not been started, or some
 * join of it has returned 0. No other thread may be inside, or later enter, a
 * call on *t. */
void thread_destroy(struct thread *t);

#endif
