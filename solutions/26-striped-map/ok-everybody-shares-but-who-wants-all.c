/* SPDX-License-Identifier: MIT */
/* Right: two layers. Whoever is about one or two keys takes a reader-writer
 * lock for reading, and the locks of its stripes; whoever is about all keys
 * takes it for writing, and is alone.
 *
 * Guarded by the lock of stripe s: its buckets, n, count and entries. Lock
 * order: `all`, then the stripes by rising index. */
#include "map.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

struct entry {
    unsigned key;
    long value;
    struct entry *next;
};

struct stripe {
    pthread_mutex_t lock;
    struct entry **buckets;
    size_t n;
    size_t count;
};

struct map {
    pthread_rwlock_t all; /* read: one or two keys; write: all */
    size_t stripes;       /* constant */
    struct stripe stripe[];
};

static struct stripe *stripe_of(struct map *m, unsigned key)
{
    return &m->stripe[key % m->stripes];
}

static struct entry **find_locked(struct map *m, struct stripe *s, unsigned key)
{
    struct entry **at = &s->buckets[key / m->stripes % s->n];

    while (*at != NULL && (*at)->key != key) {
        at = &(*at)->next;
    }
    return at;
}

struct map *map_create(size_t buckets, size_t stripes)
{
    struct map *m;
    size_t each;
    size_t i;

    if (buckets == 0 || stripes == 0 ||
        stripes > (SIZE_MAX - sizeof(*m)) / sizeof(struct stripe)) {
        return NULL;
    }
    m = calloc(1, sizeof(*m) + stripes * sizeof(struct stripe));
    if (m == NULL) {
        return NULL;
    }
    m->stripes = stripes;
    pthread_rwlock_init(&m->all, NULL);
    each = buckets / stripes + (buckets % stripes != 0);
    for (i = 0; i < stripes; i++) {
        struct stripe *s = &m->stripe[i];

        s->n = each;
        s->buckets = calloc(each, sizeof(struct entry *));
        if (s->buckets == NULL) {
            while (i > 0) {
                i--;
                pthread_mutex_destroy(&m->stripe[i].lock);
                free(m->stripe[i].buckets);
            }
            pthread_rwlock_destroy(&m->all);
            free(m);
            return NULL;
        }
        pthread_mutex_init(&s->lock, NULL);
    }
    return m;
}

int map_get(struct map *m, unsigned key, long *out_value)
{
    struct stripe *s = stripe_of(m, key);
    struct entry *e;

    pthread_rwlock_rdlock(&m->all);
    pthread_mutex_lock(&s->lock);
    e = *find_locked(m, s, key);
    if (e != NULL) {
        *out_value = e->value;
    }
    pthread_mutex_unlock(&s->lock);
    pthread_rwlock_unlock(&m->all);
    return e != NULL ? 0 : ENOENT;
}

int map_update(struct map *m, unsigned key, map_change *change, void *arg)
{
    struct stripe *s = stripe_of(m, key);
    struct entry **at;

    pthread_rwlock_rdlock(&m->all);
    pthread_mutex_lock(&s->lock);
    at = find_locked(m, s, key);
    if (*at == NULL) {
        struct entry *e = calloc(1, sizeof(*e));

        if (e == NULL) {
            pthread_mutex_unlock(&s->lock);
            pthread_rwlock_unlock(&m->all);
            return ENOMEM;
        }
        e->key = key;
        *at = e;
        s->count++;
    }
    (*at)->value = change(arg, (*at)->value);
    pthread_mutex_unlock(&s->lock);
    pthread_rwlock_unlock(&m->all);
    return 0;
}

int map_move(struct map *m, unsigned from, unsigned to)
{
    struct stripe *a = stripe_of(m, from);
    struct stripe *b = stripe_of(m, to);
    struct stripe *first = a < b ? a : b;
    struct stripe *second = a < b ? b : a;
    struct entry **at;
    struct entry **dest;
    struct entry *e;
    int rc = 0;

    pthread_rwlock_rdlock(&m->all);
    pthread_mutex_lock(&first->lock);
    if (second != first) {
        pthread_mutex_lock(&second->lock);
    }
    at = find_locked(m, a, from);
    e = *at;
    if (e == NULL) {
        rc = ENOENT;
    } else if (*find_locked(m, b, to) != NULL) {
        rc = EEXIST;
    } else {
        *at = e->next;
        a->count--;
        e->key = to;
        e->next = NULL;
        dest = find_locked(m, b, to);
        *dest = e;
        b->count++;
    }
    if (second != first) {
        pthread_mutex_unlock(&second->lock);
    }
    pthread_mutex_unlock(&first->lock);
    pthread_rwlock_unlock(&m->all);
    return rc;
}

static void lock_all(struct map *m)
{
    pthread_rwlock_wrlock(&m->all);
}

static void unlock_all(struct map *m)
{
    pthread_rwlock_unlock(&m->all);
}

size_t map_count(struct map *m)
{
    size_t n = 0;

    lock_all(m);
    for (size_t i = 0; i < m->stripes; i++) {
        n += m->stripe[i].count;
    }
    unlock_all(m);
    return n;
}

int map_grow(struct map *m, size_t buckets)
{
    size_t each = buckets / m->stripes + (buckets % m->stripes != 0);
    struct entry ***fresh = calloc(m->stripes, sizeof(*fresh));
    int rc = 0;

    if (fresh == NULL) {
        return ENOMEM;
    }
    lock_all(m);
    for (size_t i = 0; i < m->stripes && rc == 0; i++) {
        if (m->stripe[i].n < each) {
            fresh[i] = calloc(each, sizeof(struct entry *));
            if (fresh[i] == NULL) {
                rc = ENOMEM;
            }
        }
    }
    for (size_t i = 0; i < m->stripes; i++) {
        struct stripe *s = &m->stripe[i];

        if (rc == 0 && fresh[i] != NULL) {
            struct entry **old = s->buckets;
            size_t old_n = s->n;

            s->buckets = fresh[i];
            s->n = each;
            fresh[i] = old;
            for (size_t k = 0; k < old_n; k++) {
                while (old[k] != NULL) {
                    struct entry *e = old[k];

                    old[k] = e->next;
                    e->next = NULL;
                    *find_locked(m, s, e->key) = e;
                }
            }
        }
        free(fresh[i]);
    }
    unlock_all(m);
    free(fresh);
    return rc;
}

void map_destroy(struct map *m)
{
    for (size_t i = 0; i < m->stripes; i++) {
        struct stripe *s = &m->stripe[i];

        for (size_t k = 0; k < s->n; k++) {
            while (s->buckets[k] != NULL) {
                struct entry *e = s->buckets[k];

                s->buckets[k] = e->next;
                free(e);
            }
        }
        free(s->buckets);
        pthread_mutex_destroy(&s->lock);
    }
    pthread_rwlock_destroy(&m->all);
    free(m);
}
