/* SPDX-License-Identifier: MIT */
/* stop.h - a token that asks threads to stop.
 *
 * Exercise 45: write stop.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. future.h is given.
 *
 * Whoever wants work to stop, and all who do the work, hold the same token. It
 * is asked to stop once, and stays so. Nobody is stopped by force: who works
 * looks at the token, sleeps on it, or hangs a hook on it. */
#ifndef STOP_H
#define STOP_H
#include <stdbool.h>

struct future;    /* see future.h */
struct stop;      /* opaque: its fields are yours to choose */
struct stop_hook; /* likewise: one call that is to be made */

/* Make a token that has not been asked to stop.
 * Returns the token, or NULL if memory runs out.
 * The caller owns it and ends it with stop_destroy. */
struct stop *stop_create(void);

/* Ask to stop: wake all who sleep in stop_sleep, and make the call of every
 * hook, one after another, in any order, before it returns. If the token has
 * been asked already, nothing happens, and the call does not wait for anybody.
 * Returns true if this call was the first, false otherwise.
 * Threads: any number, at any time, from inside a hook's call as well. */
bool stop_request(struct stop *s);

/* Look, without waiting for more than a lock that is held for a moment.
 * Returns true if the token has been asked to stop.
 * Threads: any number, at any time, from inside a hook's call as well. If it
 * returns true, all that the asking thread did before is visible. */
bool stop_requested(struct stop *s);

/* Sleep for `ms` milliseconds, measured on CLOCK_MONOTONIC from the call, or
 * until the token is asked to stop. Burns no processor time.
 * Returns 0 if the time has passed (never sooner) and nobody has asked; or
 * ECANCELED if the token has been asked, before the call or during it.
 * Threads: any number, at any time. Visibility as above when ECANCELED. */
int stop_sleep(struct stop *s, unsigned ms);

/* Have call(arg) called once, when the token is asked to stop: by the thread
 * that asks, in its stop_request. If the token has been asked already,
 * stop_hook makes the call itself, before it returns, perhaps while that thread
 * makes another.
 * The call may use every function of the token but stop_destroy, stop_sleep
 * and stop_future.
 * Returns the hook, or NULL if memory runs out (there will be no call). The
 * caller gives it back with stop_unhook, once, or leaves it to stop_destroy.
 * Threads: any number, at any time, from inside a hook's call as well. */
struct stop_hook *stop_hook(struct stop *s, void (*call)(void *arg), void *arg);

/* Take the hook down and free it. When stop_unhook returns, its call is not
 * running and never will be: if another thread is making it, stop_unhook
 * sleeps until it is over. It waits for no other call. From inside the hook's
 * own call it does not wait either, and the call goes on to its end.
 * Threads: any number, at any time, from inside a hook's call as well. */
void stop_unhook(struct stop *s, struct stop_hook *hook);

/* End the work of a future whose task looks at this token: ask the token to
 * stop, have the task never run if it has not begun, and sleep until the future
 * is finished or cancelled. The caller's reference stays the caller's.
 * Returns what future_result returns; *out_value likewise.
 * Threads: any number, at any time, but neither from inside the task nor from
 * inside a hook's call. */
int stop_future(struct stop *s, struct future *f, void **out_value);

/* Free the token, and the hooks that are still there; their calls are not made.
 * No thread may be inside, or later enter, a call on it. */
void stop_destroy(struct stop *s);
#endif
