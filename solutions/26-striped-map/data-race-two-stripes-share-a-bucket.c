/* SPDX-License-Identifier: MIT */
/* Wrong: one array of buckets of whatever size was asked for. With 2 stripes
 * and 3 buckets, the keys 0 and 3 hang on one list, and are changed under two
 * locks. With 4 and 2, or 8 and 4, all is well. */
#include "map.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct entry {
    struct entry *next;
    unsigned key;
    long value;
};

/* Locks are taken by rising index; key % stripe_count says which
 * one guards an entry. bucket_count and buckets may be read
 * under any one of the locks, and written under all of them. */
struct map {
    pthread_mutex_t *locks;
    size_t stripe_count;
    size_t bucket_count;
    struct entry **buckets;
};

struct map *map_create(size_t buckets, size_t stripes)
{
    struct map *m = NULL;

    if (buckets == 0 || stripes == 0) {
        return NULL;
    }
    m = calloc(1, sizeof(*m));
    if (m == NULL) {
        return NULL;
    }
    m->stripe_count = stripes;
    m->bucket_count = buckets;
    m->locks = calloc(stripes, sizeof(m->locks[0]));
    m->buckets = calloc(m->bucket_count, sizeof(struct entry *));
    if (m->locks == NULL || m->buckets == NULL) {
        free(m->locks);
        free(m->buckets);
        free(m);
        return NULL;
    }
    for (size_t i = 0; i < stripes; i++) {
        pthread_mutex_init(&m->locks[i], NULL);
    }
    return m;
}

static pthread_mutex_t *lock_of(struct map *m, unsigned key)
{
    return &m->locks[key % m->stripe_count];
}

static struct entry **find_locked(struct map *m, unsigned key)
{
    struct entry **link = &m->buckets[key % m->bucket_count];

    while (*link != NULL && (*link)->key != key) {
        link = &(*link)->next;
    }
    return link;
}

static void link_locked(struct map *m, struct entry *entry)
{
    struct entry **bucket = &m->buckets[entry->key % m->bucket_count];

    entry->next = *bucket;
    *bucket = entry;
}

int map_get(struct map *m, unsigned key, long *out_value)
{
    const struct entry *entry = NULL;
    int rc = ENOENT;

    pthread_mutex_lock(lock_of(m, key));
    entry = *find_locked(m, key);
    if (entry != NULL) {
        *out_value = entry->value;
        rc = 0;
    }
    pthread_mutex_unlock(lock_of(m, key));
    return rc;
}

int map_update(struct map *m, unsigned key, map_change *change, void *arg)
{
    struct entry *entry = NULL;
    int rc = 0;

    pthread_mutex_lock(lock_of(m, key));
    entry = *find_locked(m, key);
    if (entry == NULL) {
        entry = calloc(1, sizeof(*entry));
        if (entry == NULL) {
            rc = ENOMEM;
            goto out;
        }
        entry->key = key;
        link_locked(m, entry);
    }
    entry->value = change(arg, entry->value);
out:
    pthread_mutex_unlock(lock_of(m, key));
    return rc;
}

int map_move(struct map *m, unsigned from, unsigned to)
{
    size_t low = from % m->stripe_count;
    size_t high = to % m->stripe_count;
    struct entry **link = NULL;
    struct entry *entry = NULL;
    int rc = 0;

    if (low > high) {
        size_t swap = low;

        low = high;
        high = swap;
    }
    pthread_mutex_lock(&m->locks[low]);
    if (low != high) {
        pthread_mutex_lock(&m->locks[high]);
    }
    link = find_locked(m, from);
    entry = *link;
    if (entry == NULL) {
        rc = ENOENT;
    } else if (*find_locked(m, to) != NULL) {
        rc = EEXIST;
    } else {
        *link = entry->next;
        entry->key = to;
        link_locked(m, entry);
    }
    pthread_mutex_unlock(&m->locks[low]);
    if (low != high) {
        pthread_mutex_unlock(&m->locks[high]);
    }
    return rc;
}

static void lock_all(struct map *m)
{
    for (size_t i = 0; i < m->stripe_count; i++) {
        pthread_mutex_lock(&m->locks[i]);
    }
}

static void unlock_all(struct map *m)
{
    for (size_t i = 0; i < m->stripe_count; i++) {
        pthread_mutex_unlock(&m->locks[i]);
    }
}

size_t map_count(struct map *m)
{
    size_t count = 0;

    lock_all(m);
    for (size_t i = 0; i < m->bucket_count; i++) {
        for (struct entry *e = m->buckets[i]; e != NULL; e = e->next) {
            count++;
        }
    }
    unlock_all(m);
    return count;
}

int map_grow(struct map *m, size_t buckets)
{
    size_t old_count = 0;
    struct entry **old = NULL;
    struct entry **fresh = NULL;
    size_t count = buckets;
    int rc = 0;

    lock_all(m);
    if (count <= m->bucket_count) {
        goto out;
    }
    fresh = calloc(count, sizeof(struct entry *));
    if (fresh == NULL) {
        rc = ENOMEM;
        goto out;
    }
    old = m->buckets;
    old_count = m->bucket_count;
    m->buckets = fresh;
    m->bucket_count = count;
    for (size_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            struct entry *entry = old[i];

            old[i] = entry->next;
            link_locked(m, entry);
        }
    }
    free(old);
out:
    unlock_all(m);
    return rc;
}

void map_destroy(struct map *m)
{
    for (size_t i = 0; i < m->bucket_count; i++) {
        while (m->buckets[i] != NULL) {
            struct entry *entry = m->buckets[i];

            m->buckets[i] = entry->next;
            free(entry);
        }
    }
    for (size_t i = 0; i < m->stripe_count; i++) {
        pthread_mutex_destroy(&m->locks[i]);
    }
    free(m->locks);
    free(m->buckets);
    free(m);
}
