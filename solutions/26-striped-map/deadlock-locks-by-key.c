/* SPDX-License-Identifier: MIT */
/* Wrong: a move locks the stripe of the lesser key first. That is an order of
 * the keys, not of the locks: with 4 stripes, from 1 to 2 it locks stripe 1 and
 * then 2, and from 2 to 5 stripe 2 and then 1. */
#include "map.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct entry {
    struct entry *next;
    unsigned key;
    long value;
};

struct stripe {
    pthread_mutex_t lock; /* guards the rest, and the entries */
    size_t bucket_count;  /* never falls */
    struct entry **buckets;
    size_t entry_count;
};

struct map {
    size_t stripe_count; /* constant after create */
    struct stripe stripes[];
};

static size_t share_of(size_t buckets, size_t stripes)
{
    return buckets / stripes + (buckets % stripes != 0);
}

struct map *map_create(size_t buckets, size_t stripes)
{
    struct map *m = NULL;

    if (buckets == 0 || stripes == 0) {
        return NULL;
    }
    m = calloc(1, sizeof(*m) + stripes * sizeof(m->stripes[0]));
    if (m == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < stripes; i++) {
        struct stripe *s = &m->stripes[i];

        s->bucket_count = share_of(buckets, stripes);
        s->buckets = calloc(s->bucket_count, sizeof(struct entry *));
        if (s->buckets == NULL) {
            map_destroy(m); /* the stripes that are complete by now */
            return NULL;
        }
        pthread_mutex_init(&s->lock, NULL);
        m->stripe_count++;
    }
    return m;
}

static struct stripe *stripe_of(struct map *m, unsigned key)
{
    return &m->stripes[key % m->stripe_count];
}

static struct entry **bucket_locked(struct map *m, unsigned key)
{
    struct stripe *s = stripe_of(m, key);

    return &s->buckets[key / m->stripe_count % s->bucket_count];
}

/* Where the pointer to the entry of `key` is; if it is NULL, there is none. */
static struct entry **find_locked(struct map *m, unsigned key)
{
    struct entry **link = bucket_locked(m, key);

    while (*link != NULL && (*link)->key != key) {
        link = &(*link)->next;
    }
    return link;
}

static void link_locked(struct map *m, struct entry *entry)
{
    struct entry **bucket = bucket_locked(m, entry->key);

    entry->next = *bucket;
    *bucket = entry;
    stripe_of(m, entry->key)->entry_count++;
}

static struct entry *unlink_locked(struct map *m, struct entry **link)
{
    struct entry *entry = *link;

    *link = entry->next;
    stripe_of(m, entry->key)->entry_count--;
    return entry;
}

int map_get(struct map *m, unsigned key, long *out_value)
{
    struct stripe *s = stripe_of(m, key);
    const struct entry *entry = NULL;
    int rc = ENOENT;

    pthread_mutex_lock(&s->lock);
    entry = *find_locked(m, key);
    if (entry != NULL) {
        *out_value = entry->value;
        rc = 0;
    }
    pthread_mutex_unlock(&s->lock);
    return rc;
}

int map_update(struct map *m, unsigned key, map_change *change, void *arg)
{
    struct stripe *s = stripe_of(m, key);
    struct entry *entry = NULL;
    int rc = 0;

    pthread_mutex_lock(&s->lock);
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
    pthread_mutex_unlock(&s->lock);
    return rc;
}

/* Two keys may well have one stripe, and one lock. */
static void lock_both(struct map *m, unsigned a, unsigned b)
{
    struct stripe *first = stripe_of(m, a < b ? a : b);
    struct stripe *second = stripe_of(m, a < b ? b : a);

    pthread_mutex_lock(&first->lock);
    if (first != second) {
        pthread_mutex_lock(&second->lock);
    }
}

static void unlock_both(struct map *m, unsigned a, unsigned b)
{
    pthread_mutex_unlock(&stripe_of(m, a)->lock);
    if (stripe_of(m, a) != stripe_of(m, b)) {
        pthread_mutex_unlock(&stripe_of(m, b)->lock);
    }
}

int map_move(struct map *m, unsigned from, unsigned to)
{
    struct entry **link = NULL;
    struct entry *entry = NULL;
    int rc = 0;

    lock_both(m, from, to);
    link = find_locked(m, from);
    if (*link == NULL) {
        rc = ENOENT;
    } else if (*find_locked(m, to) != NULL) {
        rc = EEXIST;
    } else {
        entry = unlink_locked(m, link);
        entry->key = to;
        link_locked(m, entry);
    }
    unlock_both(m, from, to);
    return rc;
}

size_t map_count(struct map *m)
{
    size_t count = 0;

    for (size_t i = 0; i < m->stripe_count; i++) {
        pthread_mutex_lock(&m->stripes[i].lock);
        count += m->stripes[i].entry_count;
    }
    /* All are held: what was added up holds for this one moment. */
    for (size_t i = 0; i < m->stripe_count; i++) {
        pthread_mutex_unlock(&m->stripes[i].lock);
    }
    return count;
}

static int grow_locked(struct map *m, struct stripe *s, size_t bucket_count)
{
    struct entry **old = s->buckets;
    size_t old_count = s->bucket_count;
    struct entry **buckets = NULL;

    if (bucket_count <= old_count) {
        return 0;
    }
    buckets = calloc(bucket_count, sizeof(struct entry *));
    if (buckets == NULL) {
        return ENOMEM;
    }
    s->buckets = buckets;
    s->bucket_count = bucket_count;
    s->entry_count = 0;
    for (size_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            struct entry *entry = old[i];

            old[i] = entry->next;
            link_locked(m, entry);
        }
    }
    free(old);
    return 0;
}

/* No entry changes its stripe, so one lock at a time will do. */
int map_grow(struct map *m, size_t buckets)
{
    int rc = 0;

    for (size_t i = 0; i < m->stripe_count && rc == 0; i++) {
        struct stripe *s = &m->stripes[i];

        pthread_mutex_lock(&s->lock);
        rc = grow_locked(m, s, share_of(buckets, m->stripe_count));
        pthread_mutex_unlock(&s->lock);
    }
    return rc;
}

static void free_entries(struct stripe *s)
{
    for (size_t i = 0; i < s->bucket_count; i++) {
        while (s->buckets[i] != NULL) {
            struct entry *entry = s->buckets[i];

            s->buckets[i] = entry->next;
            free(entry);
        }
    }
}

void map_destroy(struct map *m)
{
    for (size_t i = 0; i < m->stripe_count; i++) {
        free_entries(&m->stripes[i]);
        free(m->stripes[i].buckets);
        pthread_mutex_destroy(&m->stripes[i].lock);
    }
    free(m);
}
