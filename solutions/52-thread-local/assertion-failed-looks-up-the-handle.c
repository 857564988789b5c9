/* SPDX-License-Identifier: MIT */
/* Wrong: the values are found by the thread's handle, in a list, and stay there
 * when the thread has ended. The next thread most likely gets the same handle,
 * and with it a value that another one has used. */
#include "local.h"

#include <pthread.h>
#include <stdlib.h>

struct seat {
    struct local *local; /* constant, like value */
    pthread_t owner;
    void *value;
    struct seat *next; /* guarded by the local's lock, like previous */
    struct seat *previous;
};

struct local {
    void *(*make)(void *arg);             /* constant after create */
    void (*drop)(void *arg, void *value); /* likewise */
    void *arg;                            /* likewise */

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

/* The seat of this thread, or NULL. */
static struct seat *find(struct local *l)
{
    struct seat *s = NULL;

    pthread_mutex_lock(&l->lock);
    s = l->first;
    while (s != NULL && !pthread_equal(s->owner, pthread_self())) {
        s = s->next;
    }
    pthread_mutex_unlock(&l->lock);
    return s;
}

static void end_seat(struct seat *s)
{
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
    s->owner = pthread_self();
    s->value = l->make(l->arg);
    if (s->value == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

void *local_get(struct local *l)
{
    struct seat *s = find(l);

    if (s != NULL) {
        return s->value;
    }
    s = new_seat(l);
    if (s == NULL) {
        return NULL;
    }
    enter(l, s);
    return s->value;
}

void local_clear(struct local *l)
{
    struct seat *s = find(l);

    if (s != NULL) {
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
    while (l->first != NULL) {
        end_seat(l->first);
    }
    pthread_mutex_destroy(&l->lock);
    free(l);
}
