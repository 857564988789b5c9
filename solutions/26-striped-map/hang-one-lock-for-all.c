/* SPDX-License-Identifier: MIT */
/* Wrong: one lock for the whole map. All answers are right, but a long change
 * of one key keeps everybody else out, against what the contract says about
 * stripes. */
#include "map.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct entry {
    struct entry *next;
    unsigned key;
    long value;
};

struct map {
    pthread_mutex_t lock; /* guards the rest */
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
    m->bucket_count = buckets;
    m->buckets = calloc(m->bucket_count, sizeof(struct entry *));
    if (m->buckets == NULL) {
        free(m);
        return NULL;
    }
    pthread_mutex_init(&m->lock, NULL);
    return m;
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

    pthread_mutex_lock(&m->lock);
    entry = *find_locked(m, key);
    if (entry != NULL) {
        *out_value = entry->value;
        rc = 0;
    }
    pthread_mutex_unlock(&m->lock);
    return rc;
}

int map_update(struct map *m, unsigned key, map_change *change, void *arg)
{
    struct entry *entry = NULL;
    int rc = 0;

    pthread_mutex_lock(&m->lock);
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
    pthread_mutex_unlock(&m->lock);
    return rc;
}

int map_move(struct map *m, unsigned from, unsigned to)
{
    struct entry **link = NULL;
    struct entry *entry = NULL;
    int rc = 0;

    pthread_mutex_lock(&m->lock);
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
    pthread_mutex_unlock(&m->lock);
    return rc;
}

size_t map_count(struct map *m)
{
    size_t count = 0;

    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < m->bucket_count; i++) {
        for (struct entry *e = m->buckets[i]; e != NULL; e = e->next) {
            count++;
        }
    }
    pthread_mutex_unlock(&m->lock);
    return count;
}

int map_grow(struct map *m, size_t buckets)
{
    size_t old_count = 0;
    struct entry **old = NULL;
    struct entry **fresh = NULL;
    int rc = 0;

    pthread_mutex_lock(&m->lock);
    if (buckets <= m->bucket_count) {
        goto out;
    }
    fresh = calloc(buckets, sizeof(struct entry *));
    if (fresh == NULL) {
        rc = ENOMEM;
        goto out;
    }
    old = m->buckets;
    old_count = m->bucket_count;
    m->buckets = fresh;
    m->bucket_count = buckets;
    for (size_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            struct entry *entry = old[i];

            old[i] = entry->next;
            link_locked(m, entry);
        }
    }
    free(old);
out:
    pthread_mutex_unlock(&m->lock);
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
    pthread_mutex_destroy(&m->lock);
    free(m->buckets);
    free(m);
}
