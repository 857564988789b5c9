/* SPDX-License-Identifier: MIT */
/* loop.h - an event loop: one thread that makes calls, one after the other,
 * when it is time for them.
 *
 * Exercise 63: write loop.c, leave this file and calls.h alone. The comments
 * are the contract; tests check nothing that is not promised here.
 *
 * A loop belongs to one thread: the one that is in loop_run, or else the one
 * that prepares it or closes it. Only where it says "any thread" may others
 * call it. All calls are made by loop_run, in its thread. They may call every
 * function here but loop_run and loop_close.
 *
 * Where a function returns an error, the call it was asked for is never made.
 * *arg is never touched. */
#ifndef LOOP_H
#define LOOP_H

struct loop; /* opaque: its fields are yours to choose */

/* Make a loop. Nothing runs yet.
 * Returns the loop, which the caller ends with loop_close; or NULL if memory
 * or descriptors run out. */
struct loop *loop_create(void);

/* Make calls until loop_stop. When there is nothing to do, sleep: as long as
 * nothing comes and no time is reached, the thread does not run.
 * Calls that one round of the loop asks for are made in a later round, after
 * it has looked for descriptors and timers again: nobody who keeps asking for
 * calls keeps the others from being made.
 * Calls that have not been made when loop_run returns are made by the next
 * loop_run; or never, if there is none. */
void loop_run(struct loop *l);

/* Let loop_run return: the one in progress, after the call that it is making
 * and perhaps others that are ready; or if none is in progress, the next one,
 * at once.
 * Threads: any thread, at any time. */
void loop_stop(struct loop *l);

/* Call fn(arg) in the next round. Calls are made in the order in which they
 * were asked for. Returns 0 or ENOMEM. */
int loop_call_soon(struct loop *l, void (*fn)(void *arg), void *arg);

/* The same for other threads: wakes the loop if it sleeps. What one thread
 * asks for is called in its order. The call sees all that this thread did
 * before. Returns 0 or ENOMEM.
 * Threads: any thread, at any time. */
int loop_call_soon_threadsafe(struct loop *l, void (*fn)(void *arg), void *arg);

/* Call fn(arg) once `ms` milliseconds have passed on CLOCK_MONOTONIC, not
 * before. Calls are made in the order of their moments, equal ones in the
 * order in which they were asked for. Returns 0 or ENOMEM. */
int loop_call_later(struct loop *l, unsigned ms, void (*fn)(void *arg),
                    void *arg);

/* Call fn(arg), once, when there is something to read from `fd`, which may
 * also be the end. Whoever wants to hear of the next thing asks again, from fn
 * for instance. The descriptor remains the caller's, who closes it, but not
 * before the call was made or the loop is closed.
 * Returns 0; ENOMEM; EEXIST if it is waited for already, which may last until
 * the call is made; EPERM or EBADF if epoll cannot wait for it. */
int loop_call_readable(struct loop *l, int fd, void (*fn)(void *arg),
                       void *arg);

/* Call work(arg) in a thread of its own, while the loop goes on, and then
 * done(arg), in the loop. That call sees all that work did. When it is made,
 * the thread has been joined. work may call what any thread may.
 * Returns 0; ENOMEM; or the error of pthread_create. */
int loop_to_thread(struct loop *l, void (*work)(void *arg),
                   void (*done)(void *arg), void *arg);

/* Wait until no work is running any more, and free the loop. Calls that have
 * not been made are never made. Every thread is joined and every descriptor of
 * the loop is closed. No other thread may be inside, or later enter, a loop
 * call, except those that work makes. */
void loop_close(struct loop *l);
#endif
