/* SPDX-License-Identifier: MIT */
/* local.h - one name, and for each thread a value of its own.
 *
 * Exercise 52: write local.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * A thread has no value at first. It gets one by local_get, and has it until
 * local_clear, the end of the thread, or local_destroy. */
#ifndef LOCAL_H
#define LOCAL_H
#include <stddef.h>

struct local; /* opaque: its fields are yours to choose */

/* Make a local in which no thread has a value.
 * make(arg) will be called to make a value: it returns one, or NULL if it
 * cannot. drop(arg, value) will be called once for each value that was made,
 * when it is no longer needed. Both may call local_count of this local, and
 * every function of other locals but local_destroy, as long as those do not
 * use this one in turn. Calls in different threads may happen at the same
 * time.
 * Returns the local, which the caller ends with local_destroy; or NULL if
 * there is no memory, or no key (pthread_key_create: a process may have 1024
 * at a time). *arg is never touched. */
struct local *local_create(void *(*make)(void *arg),
                           void (*drop)(void *arg, void *value), void *arg);

/* The value of the calling thread. If it has none yet, make is called for it,
 * in this thread.
 * Returns the value, the same one at each call until it is dropped; or NULL if
 * make returned NULL, or memory runs out: then the thread has no value, and
 * the next call tries again. The local owns the value.
 * When the thread ends, by returning or by pthread_exit, it drops its value:
 * drop has returned before a pthread_join of the thread returns. If drops make
 * new values in other locals then, those are dropped in the same way; but the
 * library goes round only PTHREAD_DESTRUCTOR_ITERATIONS times, which is four.
 * What is made in the last round is left to local_destroy.
 * Threads: any number, at any time. */
void *local_get(struct local *l);

/* Drop the value of the calling thread before its time, if there is one. The
 * next local_get makes a new one.
 * Threads: any number, at any time. */
void local_clear(struct local *l);

/* How many values there are now, in all threads: made, and not being dropped.
 * In its drop a value is not counted any more.
 * Threads: any number, at any time. */
size_t local_count(struct local *l);

/* Drop all values that are left, in the calling thread, and free the local.
 * Threads that had a value may live on, and end whenever they like: they have
 * nothing to do with the local any more. But while this call lasts none of
 * them may be ending, and no thread may be inside, or later enter, a call on
 * `l`. */
void local_destroy(struct local *l);
#endif
