/* SPDX-License-Identifier: MIT */
/* Wrong: waits for the lock while it still holds the mutex that guards the
 * owner. The owner needs that mutex to release, so both wait for ever - but
 * only if somebody has to wait at all, and a run can pass without that. */
#include "rlock.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct rlock {
    pthread_mutex_t held; /* locked for as long as the rlock is held */

    pthread_mutex_t guard; /* guards the fields below, for moments only */
    unsigned long count;   /* 0: nobody owns it */
    pthread_t owner;       /* means something only while count > 0 */
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
    if (pthread_mutex_init(&lock->held, NULL) != 0) {
        free(lock);
        return NULL;
    }
    if (pthread_mutex_init(&lock->guard, NULL) != 0) {
        pthread_mutex_destroy(&lock->held);
        free(lock);
        return NULL;
    }
    return lock;
}

static bool is_mine_locked(const struct rlock *lock)
{
    return lock->count > 0 && pthread_equal(lock->owner, pthread_self());
}

int rlock_acquire(struct rlock *lock)
{
    pthread_mutex_lock(&lock->guard);
    if (!is_mine_locked(lock)) {
        pthread_mutex_lock(&lock->held);
        lock->owner = pthread_self();
    }
    lock->count++;
    pthread_mutex_unlock(&lock->guard);
    return 0;
}

int rlock_try_acquire(struct rlock *lock)
{
    int rc = 0;

    pthread_mutex_lock(&lock->guard);
    if (!is_mine_locked(lock)) {
        rc = pthread_mutex_trylock(&lock->held);
    }
    if (rc == 0) {
        lock->owner = pthread_self();
        lock->count++;
    }
    pthread_mutex_unlock(&lock->guard);
    return rc;
}

int rlock_release(struct rlock *lock)
{
    bool last = false;

    pthread_mutex_lock(&lock->guard);
    if (!is_mine_locked(lock)) {
        pthread_mutex_unlock(&lock->guard);
        return EPERM;
    }
    lock->count--;
    last = lock->count == 0;
    pthread_mutex_unlock(&lock->guard);
    if (last) {
        pthread_mutex_unlock(&lock->held);
    }
    return 0;
}

void rlock_destroy(struct rlock *lock)
{
    pthread_mutex_destroy(&lock->guard);
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
