/* SPDX-License-Identifier: MIT */
/* Wrong: local_destroy takes the seats off the list but leaves the count as it
 * is, since all will be freed. A drop that asks is told of values long gone. */
#include "local.h"

#include <pthread.h>
#include <stdlib.h>

struct seat {
    struct local *local; /* constant, like value */
    void *value;
    struct seat *next; /* guarded by the local's lock, like previous */
    struct seat *previous;
};

struct local {
    void *(*make)(void *arg);             /* constant after create */
    void (*drop)(void *arg, void *value); /* likewise */
    void *arg;                            /* likewise */
    pthread_key_t key; /* likewise; per thread: its seat, or NULL */

    pthread_mutex_t lock; /* guards every field below, and the list */
    struct seat *first;
    size_t count; /* of the seats in the list */
};

static void enter(struct local *l, struct seat *s)
{
    pthread_mutex_lock(&l->lock);
    s->next = l->first;
    if (l->first != NULL) {
        l->first->previous = s;
    }
    l->first = s;
    l->count++;
    pthread_mutex_unlock(&l->lock);
}

static void leave(struct local *l, struct seat *s)
{
    pthread_mutex_lock(&l->lock);
    if (s->previous != NULL) {
        s->previous->next = s->next;
    } else {
        l->first = s->next;
    }
    if (s->next != NULL) {
        s->next->previous = s->previous;
    }
    l->count--;
    pthread_mutex_unlock(&l->lock);
}

/* End a value. No thread finds its seat under the key any more. */
static void end_seat(void *arg)
{
    struct seat *s = arg;
    struct local *l = s->local;

    leave(l, s);
    l->drop(l->arg, s->value);
    free(s);
}

struct local *local_create(void *(*make)(void *arg),
                           void (*drop)(void *arg, void *value), void *arg)
{
    struct local *l = calloc(1, sizeof(*l));

    if (l == NULL) {
        return NULL;
    }
    if (pthread_key_create(&l->key, end_seat) != 0) {
        free(l);
        return NULL;
    }
    l->make = make;
    l->drop = drop;
    l->arg = arg;
    pthread_mutex_init(&l->lock, NULL);
    return l;
}

/* Returns a seat with a value, or NULL. */
static struct seat *new_seat(struct local *l)
{
    struct seat *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    s->local = l;
    s->value = l->make(l->arg);
    if (s->value == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

void *local_get(struct local *l)
{
    struct seat *s = pthread_getspecific(l->key);

    if (s != NULL) {
        return s->value;
    }
    s = new_seat(l);
    if (s == NULL) {
        return NULL;
    }
    if (pthread_setspecific(l->key, s) != 0) {
        l->drop(l->arg, s->value);
        free(s);
        return NULL;
    }
    enter(l, s);
    return s->value;
}

void local_clear(struct local *l)
{
    struct seat *s = pthread_getspecific(l->key);

    if (s != NULL) {
        pthread_setspecific(l->key, NULL); /* or the destructor finds it */
        end_seat(s);
    }
}

size_t local_count(struct local *l)
{
    size_t count = 0;

    pthread_mutex_lock(&l->lock);
    count = l->count;
    pthread_mutex_unlock(&l->lock);
    return count;
}

void local_destroy(struct local *l)
{
    /* First the key: from now on a thread that ends does not come here. */
    pthread_key_delete(l->key);
    while (l->first != NULL) {
        struct seat *s = l->first;

        l->first = s->next;
        l->drop(l->arg, s->value);
        free(s);
    }
    pthread_mutex_destroy(&l->lock);
    free(l);
}
