/* SPDX-License-Identifier: MIT */
/* future.h - the result of a task that may not have run yet.
 *
 * Exercise 42: write future.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * A future is pending at first. It gets running and then finished, or it gets
 * cancelled while it is still pending. Finished and cancelled futures are
 * *done*, and stay as they are. */
#ifndef FUTURE_H
#define FUTURE_H
#include <stdbool.h>

struct future; /* opaque: its fields are yours to choose */

/* Make a pending future for task(arg, &value). The task will return 0, having
 * written its value or left it at NULL; or an error number other than 0.
 * Returns the future, or NULL if memory runs out. The caller owns it and ends
 * it with future_destroy. It never touches what arg or the value point at. */
struct future *future_create(int (*task)(void *arg, void **out_value),
                             void *arg);

/* Run the task in the calling thread, if the future is pending; else return at
 * once. The task may call any function of its own future but future_result and
 * future_destroy.
 * Returns true if this call has run the task: the future is finished then.
 * Threads: any number, at any time. The task runs once at most. */
bool future_run(struct future *f);

/* Cancel the future, if it is pending: its task will never run. A running task
 * is left alone. Does not wait for anybody.
 * Returns true if the future is cancelled, by this call or an earlier one;
 * false if it is running or finished.
 * Threads: any number, at any time, from inside the task as well. */
bool future_cancel(struct future *f);

/* Look, without waiting.
 * Returns true if the future is finished or cancelled.
 * Threads: any number, at any time, from inside the task as well. */
bool future_done(struct future *f);

/* Sleep until the future is done; return at once if it is. Burns no processor
 * time while it waits.
 * Returns 0 and writes the task's value to *out_value; or, with *out_value left
 * alone, the error that the task returned, or ECANCELED if the future is
 * cancelled. Asking again gives the same answer.
 * Threads: any number, at any time. All that the task did is visible to the
 * caller. */
int future_result(struct future *f, void **out_value);

/* Have call(f, arg) called once, when the future is done, finished or
 * cancelled. Calls asked for before that are made in the order they were asked
 * for, by the thread that ran or cancelled it, before its future_run or
 * future_cancel returns. If the future is done already, future_on_done makes
 * the call itself, before it returns.
 * The call finds the future done, and may use every function of it but
 * future_destroy. Nobody in future_result waits for it.
 * Returns 0, or ENOMEM (there will be no call).
 * Threads: any number, at any time, from inside the task or a call as well. */
int future_on_done(struct future *f, void (*call)(struct future *f, void *arg),
                   void *arg);

/* Free the future, done or not. If it was pending, its task never runs, and no
 * call is made. No thread may be inside, or later enter, a call on it. */
void future_destroy(struct future *f);
#endif
