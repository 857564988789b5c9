/* SPDX-License-Identifier: MIT */
/* Wrong: safedict_set copies the key before it looks whether it has it
 * already, and forgets the copy if so. Every answer is right; each change of a
 * value loses a little memory. */
#include "rlock.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct rlock {
    pthread_mutex_t lock;    /* guards every field below */
    pthread_cond_t released; /* signalled: count fell to 0 */
    unsigned long count;     /* how often the owner holds it; 0: nobody does */
    pthread_t owner;         /* means something only while count > 0 */
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
    if (pthread_mutex_init(&lock->lock, NULL) != 0) {
        free(lock);
        return NULL;
    }
    if (pthread_cond_init(&lock->released, NULL) != 0) {
        pthread_mutex_destroy(&lock->lock);
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
    pthread_mutex_lock(&lock->lock);
    if (!is_mine_locked(lock)) {
        while (lock->count > 0) {
            pthread_cond_wait(&lock->released, &lock->lock);
        }
        lock->owner = pthread_self();
    }
    lock->count++;
    pthread_mutex_unlock(&lock->lock);
    return 0;
}

int rlock_try_acquire(struct rlock *lock)
{
    int rc = EBUSY;

    pthread_mutex_lock(&lock->lock);
    if (lock->count == 0 || is_mine_locked(lock)) {
        lock->owner = pthread_self();
        lock->count++;
        rc = 0;
    }
    pthread_mutex_unlock(&lock->lock);
    return rc;
}

int rlock_release(struct rlock *lock)
{
    int rc = EPERM;

    pthread_mutex_lock(&lock->lock);
    if (is_mine_locked(lock)) {
        lock->count--;
        if (lock->count == 0) {
            pthread_cond_signal(&lock->released);
        }
        rc = 0;
    }
    pthread_mutex_unlock(&lock->lock);
    return rc;
}

void rlock_destroy(struct rlock *lock)
{
    pthread_cond_destroy(&lock->released);
    pthread_mutex_destroy(&lock->lock);
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

/* Put a new entry in front; it owns the copy. Returns 0 or ENOMEM. */
static int add_locked(struct safedict *dict, char *copy, long value)
{
    struct entry *entry = malloc(sizeof(*entry));

    if (entry == NULL) {
        free(copy);
        return ENOMEM;
    }
    entry->key = copy;
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
    char *copy = strdup(key);
    int rc = 0;

    if (copy == NULL) {
        return ENOMEM;
    }
    rlock_acquire(dict->lock);
    entry = find_locked(dict, key);
    if (entry != NULL) {
        entry->value = value;
    } else {
        rc = add_locked(dict, copy, value);
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
