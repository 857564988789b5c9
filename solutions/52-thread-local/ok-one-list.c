/* SPDX-License-Identifier: MIT */
/* Right: one key and one list for all locals and threads. A thread is known by
 * the address of a variable of its own, which is unique among those that live;
 * those that end take their values with them. The key only says when. */
#include "local.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct seat {
    const struct local *local;
    const void *owner; /* the address of the owner's `me` */
    void *value;
    struct seat *next;
};

struct local {
    void *(*make)(void *arg); /* constant after create, like the others */
    void (*drop)(void *arg, void *value);
    void *arg;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct seat *seats; /* guarded by lock, each seat included */

/* No two threads that live have it at the same address. */
static _Thread_local char me;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_end; /* not NULL: this thread may have seats */
static bool have_key;

/* The place in the list where the seat of `owner` for `l` hangs, or the end.
 * NULL stands for any. */
static struct seat **find_locked(const struct local *l, const void *owner)
{
    struct seat **s = &seats;

    while (*s != NULL && ((l != NULL && (*s)->local != l) ||
                          (owner != NULL && (*s)->owner != owner))) {
        s = &(*s)->next;
    }
    return s;
}

/* Drop one such value. Returns false if there is none. */
static bool drop_one(const struct local *l, const void *owner)
{
    struct seat **place = NULL;
    struct seat *s = NULL;

    pthread_mutex_lock(&lock);
    place = find_locked(l, owner);
    s = *place;
    if (s != NULL) {
        *place = s->next;
    }
    pthread_mutex_unlock(&lock);
    if (s == NULL) {
        return false;
    }
    s->local->drop(s->local->arg, s->value);
    free(s);
    return true;
}

/* A drop may make new values, so look until there are none. */
static void drop_mine(void *arg)
{
    while (drop_one(NULL, arg)) {
    }
}

static void make_key(void)
{
    have_key = pthread_key_create(&at_end, drop_mine) == 0;
}

struct local *local_create(void *(*make)(void *arg),
                           void (*drop)(void *arg, void *value), void *arg)
{
    struct local *l = NULL;

    pthread_once(&once, make_key);
    if (have_key) {
        l = malloc(sizeof(*l));
    }
    if (l != NULL) {
        *l = (struct local){.make = make, .drop = drop, .arg = arg};
    }
    return l;
}

static void *look(const struct local *l)
{
    struct seat *s = NULL;
    void *value = NULL;

    pthread_mutex_lock(&lock);
    s = *find_locked(l, &me);
    if (s != NULL) {
        value = s->value;
    }
    pthread_mutex_unlock(&lock);
    return value;
}

void *local_get(struct local *l)
{
    struct seat *s = NULL;
    void *value = look(l);

    if (value != NULL) {
        return value;
    }
    s = malloc(sizeof(*s));
    if (s == NULL || pthread_setspecific(at_end, &me) != 0) {
        free(s);
        return NULL;
    }
    value = l->make(l->arg);
    if (value == NULL) {
        free(s);
        return NULL;
    }
    pthread_mutex_lock(&lock);
    *s = (struct seat){.local = l, .owner = &me, .value = value, .next = seats};
    seats = s;
    pthread_mutex_unlock(&lock);
    return value;
}

void local_clear(struct local *l)
{
    drop_one(l, &me);
}

size_t local_count(struct local *l)
{
    size_t count = 0;

    pthread_mutex_lock(&lock);
    for (const struct seat *s = seats; s != NULL; s = s->next) {
        count += s->local == l;
    }
    pthread_mutex_unlock(&lock);
    return count;
}

void local_destroy(struct local *l)
{
    while (drop_one(l, NULL)) {
    }
    free(l);
}
