/* SPDX-License-Identifier: MIT */
/* rlock.h - a lock its owner may take again, and a dictionary that does so.
 *
 * Exercise 23: write rlock.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. */
#ifndef RLOCK_H
#define RLOCK_H

/* ---- RLock ---- */

struct rlock; /* opaque: its fields are yours to choose */

/* Make a lock that nobody holds.
 * Returns it, or NULL if there is no memory. The caller gives it to
 * rlock_destroy. */
struct rlock *rlock_create(void);

/* Take the lock. The owner takes it once more, at once; any other thread
 * sleeps until nobody holds it.
 * Returns 0.
 * Threads: any number. What one did while it held the lock, the next sees. */
int rlock_acquire(struct rlock *lock);

/* Take the lock only if that needs no waiting for an owner: if nobody holds
 * it, or the caller does.
 * Returns 0, or EBUSY if another thread holds it; not because one is just
 * inside a call.
 * Threads: any number. */
int rlock_try_acquire(struct rlock *lock);

/* Undo one acquire. The last one sets the lock free for others; before that
 * it stays with its owner.
 * Returns 0, or EPERM if the caller does not hold the lock (nothing changes).
 * Threads: any number. */
int rlock_release(struct rlock *lock);

/* Free the lock. Nobody holds it or waits for it, or ever will. */
void rlock_destroy(struct rlock *lock);

/* ---- SafeDict: names to numbers, guarded by one rlock ---- */

struct safedict; /* opaque: its fields are yours to choose */

/* Make an empty dictionary.
 * Returns it, or NULL if there is no memory. The caller gives it to
 * safedict_destroy. */
struct safedict *safedict_create(void);

/* The lock of the dictionary. Every call below takes it for itself; a thread
 * that holds it may make such calls, and all of them together are then one
 * step for other threads.
 * The lock belongs to the dictionary and lives as long. */
struct rlock *safedict_lock(struct safedict *dict);

/* Returns the value of `key`, or `fallback` if it has none.
 * Threads: any number. */
long safedict_get(struct safedict *dict, const char *key, long fallback);

/* Give `key` this value, whether it had one or not. The key is copied.
 * Returns 0, or ENOMEM (nothing changes).
 * Threads: any number. */
int safedict_set(struct safedict *dict, const char *key, long value);

/* In one step: give `key` this value if it is greater than the present one,
 * where a key without a value counts as 0. So a value never falls by this.
 * Returns 0, or ENOMEM (nothing changes).
 * Threads: any number. */
int safedict_update_if_greater(struct safedict *dict, const char *key,
                               long value);

/* Free the dictionary with its lock and its copies of the keys. Nobody holds
 * the lock; no thread may be inside, or later enter, a safedict call. */
void safedict_destroy(struct safedict *dict);

#endif
