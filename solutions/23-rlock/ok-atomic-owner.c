/* SPDX-License-Identifier: MIT */
/* Right: the owner is a C11 atomic, so asking "is it mine?" needs no lock;
 * everything else belongs to whoever has the mutex. An address in thread-local
 * storage names the thread, and NULL nobody. */
#include "rlock.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Its address differs from thread to thread. */
static _Thread_local char myself;

struct rlock {
    pthread_mutex_t held;        /* locked for as long as the rlock is held */
    _Atomic(const char *) owner; /* NULL: nobody; written by who has held */
    unsigned long count;         /* guarded by held */
};

struct entry {
    struct entry *next;
    char *key; /* our own copy, constant */
    long value;
};

struct safedict {
    struct rlock *lock;    /* guards the list and the entries; constant */
    struct entry *entries; /* each key once, newest first */
};

struct rlock *rlock_create(void)
{
    struct rlock *lock = calloc(1, sizeof(*lock));

    if (lock == NULL) {
        return NULL;
    }
    atomic_init(&lock->owner, NULL);
    if (pthread_mutex_init(&lock->held, NULL) != 0) {
        free(lock);
        return NULL;
    }
    return lock;
}

/* Others may change owner while we look, but never from or to ourselves. */
static bool is_mine(struct rlock *lock)
{
    return atomic_load_explicit(&lock->owner, memory_order_relaxed) == &myself;
}

static void set_owner(struct rlock *lock, const char *owner)
{
    atomic_store_explicit(&lock->owner, owner, memory_order_relaxed);
}

int rlock_acquire(struct rlock *lock)
{
    if (!is_mine(lock)) {
        pthread_mutex_lock(&lock->held);
        set_owner(lock, &myself);
    }
    lock->count++;
    return 0;
}

int rlock_try_acquire(struct rlock *lock)
{
    if (!is_mine(lock)) {
        if (pthread_mutex_trylock(&lock->held) != 0) {
            return EBUSY;
        }
        set_owner(lock, &myself);
    }
    lock->count++;
    return 0;
}

int rlock_release(struct rlock *lock)
{
    if (!is_mine(lock)) {
        return EPERM;
    }
    lock->count--;
    if (lock->count == 0) {
        set_owner(lock, NULL);
        pthread_mutex_unlock(&lock->held);
    }
    return 0;
}

void rlock_destroy(struct rlock *lock)
{
    pthread_mutex_destroy(&lock->held);
    free(lock);
}

struct safedict *safedict_create(void)
{
    struct safedict *dict = calloc(1, sizeof(*dict));

    if (dict == NULL) {
        return NULL;
    }
    dict->lock = rlock_create();
    if (dict->lock == NULL) {
        free(dict);
        return NULL;
    }
    return dict;
}

struct rlock *safedict_lock(struct safedict *dict)
{
    return dict->lock;
}

/* The entry of `key`, or NULL. */
static struct entry *find_locked(const struct safedict *dict, const char *key)
{
    struct entry *entry = dict->entries;

    while (entry != NULL && strcmp(entry->key, key) != 0) {
        entry = entry->next;
    }
    return entry;
}

/* Put a new entry in front. Returns 0 or ENOMEM. */
static int add_locked(struct safedict *dict, const char *key, long value)
{
    struct entry *entry = malloc(sizeof(*entry));

    if (entry == NULL) {
        return ENOMEM;
    }
    entry->key = strdup(key);
    if (entry->key == NULL) {
        free(entry);
        return ENOMEM;
    }
    entry->value = value;
    entry->next = dict->entries;
    dict->entries = entry;
    return 0;
}

long safedict_get(struct safedict *dict, const char *key, long fallback)
{
    const struct entry *entry = NULL;
    long value = fallback;

    rlock_acquire(dict->lock);
    entry = find_locked(dict, key);
    if (entry != NULL) {
        value = entry->value;
    }
    rlock_release(dict->lock);
    return value;
}

int safedict_set(struct safedict *dict, const char *key, long value)
{
    struct entry *entry = NULL;
    int rc = 0;

    rlock_acquire(dict->lock);
    entry = find_locked(dict, key);
    if (entry != NULL) {
        entry->value = value;
    } else {
        rc = add_locked(dict, key, value);
    }
    rlock_release(dict->lock);
    return rc;
}

int safedict_update_if_greater(struct safedict *dict, const char *key,
                               long value)
{
    int rc = 0;

    rlock_acquire(dict->lock);
    if (value > safedict_get(dict, key, 0)) {
        rc = safedict_set(dict, key, value);
    }
    rlock_release(dict->lock);
    return rc;
}

void safedict_destroy(struct safedict *dict)
{
    struct entry *entry = dict->entries;

    while (entry != NULL) {
        struct entry *next = entry->next;

        free(entry->key);
        free(entry);
        entry = next;
    }
    rlock_destroy(dict->lock);
    free(dict);
}
