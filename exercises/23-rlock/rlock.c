/* SPDX-License-Identifier: MIT */
/* rlock.c - a lock its owner may take again, and a dictionary that does so.
 *
 * Exercise 23: your file. rlock.h says what each function promises. */
#include "rlock.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct rlock {
    pthread_mutex_t lock; /* TODO: guards an owner and a count */
};

struct safedict {
    struct rlock *lock; /* TODO: guards the names and numbers */
};

struct rlock *rlock_create(void)
{
    /* TODO: allocate the lock; nobody owns it. */
    return NULL;
}

int rlock_acquire(struct rlock *lock)
{
    /* TODO: is the caller the owner? Count. Otherwise wait, in a loop, until
     * nobody is. */
    (void)lock;
    return ENOSYS;
}

int rlock_try_acquire(struct rlock *lock)
{
    /* TODO: the same, but EBUSY instead of waiting. */
    (void)lock;
    return ENOSYS;
}

int rlock_release(struct rlock *lock)
{
    /* TODO: EPERM unless the caller is the owner; count down; at 0 nobody
     * owns the lock, and one who waits must learn of it. */
    (void)lock;
    return ENOSYS;
}

void rlock_destroy(struct rlock *lock)
{
    /* TODO: give back whatever rlock_create took. */
    (void)lock;
}

struct safedict *safedict_create(void)
{
    /* TODO: an empty dictionary with a lock of its own. */
    return NULL;
}

struct rlock *safedict_lock(struct safedict *dict)
{
    /* TODO */
    (void)dict;
    return NULL;
}

long safedict_get(struct safedict *dict, const char *key, long fallback)
{
    /* TODO: look the key up, under the lock. */
    (void)dict;
    (void)key;
    return fallback;
}

int safedict_set(struct safedict *dict, const char *key, long value)
{
    /* TODO: change the entry or add one with a copy of the key. */
    (void)dict;
    (void)key;
    (void)value;
    return ENOSYS;
}

int safedict_update_if_greater(struct safedict *dict, const char *key,
                               long value)
{
    /* TODO: hold the lock over safedict_get and safedict_set. */
    (void)dict;
    (void)key;
    (void)value;
    return ENOSYS;
}

void safedict_destroy(struct safedict *dict)
{
    /* TODO: the entries, the copies of the keys, the lock. */
    (void)dict;
}
