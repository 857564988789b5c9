/* SPDX-License-Identifier: MIT */
/* timed.h - locks, waits and joins that give up at a deadline.
 *
 * Exercise 36: write timed.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * A deadline is a moment on CLOCK_MONOTONIC. Where one is asked for, NULL means
 * "never give up". No call gives up before its deadline, and a deadline that
 * has passed makes no difference to a call that need not wait. A call that
 * waits sleeps, and burns no processor time.
 *
 * You build the lock with a deadline here, so pthread_mutex_timedlock and
 * pthread_mutex_clocklock, which are one, are not allowed. All else is, the
 * timed waits of conditions and semaphores (sem_clockwait) among it. */
#ifndef TIMED_H
#define TIMED_H
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* Returns the moment `timeout_ms` milliseconds from now, with a tv_nsec from 0
 * to 999999999. Every value of the type works.
 * Threads: any number, at any time. */
struct timespec timed_deadline(unsigned timeout_ms);

struct timed_lock; /* opaque: its fields are yours to choose */

/* Make a lock that nobody holds.
 * Returns the lock, or NULL if memory runs out.
 * The caller owns it and ends it with timed_lock_destroy. */
struct timed_lock *timed_lock_create(void);

/* Take the lock, which the caller does not hold.
 * Returns 0, and the caller holds it; or ETIMEDOUT if others hold it until the
 * deadline. What others did while they held it is visible to the caller.
 * Threads: any number, at any time. Only one holds the lock. */
int timed_acquire(struct timed_lock *lock, const struct timespec *deadline);

/* Give the lock back, which the caller holds.
 * Threads: the one that holds it. */
void timed_release(struct timed_lock *lock);

/* Free the lock. No thread may hold it, or later enter a call with it. */
void timed_lock_destroy(struct timed_lock *lock);

/* Sleep until ready(arg) says true. Whoever changes what it says does so under
 * `mutex`, and signals `cond`, which may have been set up for any clock.
 * Returns 0 if ready(arg) is true as it returns, even if the time is over; or
 * ETIMEDOUT if the time is over and it is false.
 * Threads: any number; the caller holds `mutex` at the call and at the return,
 * whatever it returns. `ready` is only called with `mutex` held. */
int timed_wait(pthread_cond_t *cond, pthread_mutex_t *mutex,
               bool (*ready)(void *arg), void *arg,
               const struct timespec *deadline);

struct timed_thread; /* opaque: its fields are yours to choose */

/* Start a thread that calls fn(arg), which ends by returning.
 * Returns it, or NULL if there is no memory or no thread to be had (nothing is
 * left behind then). The caller owns it and ends it with timed_destroy.
 * Threads: any number. */
struct timed_thread *timed_start(void *(*fn)(void *arg), void *arg);

/* Sleep until the function of `t` has returned.
 * Returns 0 and writes its result to *out_result; or ETIMEDOUT if it has not
 * returned by the deadline (*out_result is not written). A thread may be joined
 * again after either, with the same result each time it has one.
 * Threads: any number, also at the same time. After 0, all that the function
 * did is visible to the caller. */
int timed_join(struct timed_thread *t, const struct timespec *deadline,
               void **out_result);

/* Join `n` threads, with one deadline for all of them together.
 * Returns how many of them have returned from their functions: n, or fewer if
 * the time is over. The order of the array makes no difference.
 * Threads: as timed_join. */
size_t timed_join_all(struct timed_thread *const threads[], size_t n,
                      const struct timespec *deadline);

/* Wait for `t` as long as it takes, and free it. Nothing of the thread is left
 * when it returns: not only has its function returned, the destructors of its
 * keys (pthread_key_create) have, too. No other call may be inside, or come
 * later, with `t`. */
void timed_destroy(struct timed_thread *t);
#endif
