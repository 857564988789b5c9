/* SPDX-License-Identifier: MIT */
/* Wrong: a put looks at the flag before it waits, and afterwards only at the
 * room. A close that finds it asleep wakes it, and if a get has made room
 * meanwhile, it appends to a closed buffer and returns 0. Mostly it wakes up
 * before that. */
#include "buffer.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct buffer {
    size_t capacity; /* constant after create */

    pthread_mutex_t lock;     /* guards every field below */
    pthread_cond_t not_full;  /* signal: an item left; broadcast: closed */
    pthread_cond_t not_empty; /* signal: an item came; broadcast: closed */
    int *ring;                /* capacity places */
    size_t oldest;            /* where the next get takes from */
    size_t count;             /* 0 <= count <= capacity */
    bool closed;              /* goes true once, never back */
};

struct buffer *buffer_create(size_t capacity)
{
    struct buffer *b = calloc(1, sizeof(*b)); /* empty and open: all zero */

    if (b == NULL) {
        return NULL;
    }
    b->ring = calloc(capacity, sizeof(*b->ring));
    if (b->ring == NULL) {
        free(b);
        return NULL;
    }
    b->capacity = capacity;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->not_full, NULL);
    pthread_cond_init(&b->not_empty, NULL);
    return b;
}

static void push_locked(struct buffer *b, int item)
{
    b->ring[(b->oldest + b->count) % b->capacity] = item;
    b->count++;
}

static int pop_locked(struct buffer *b)
{
    int item = b->ring[b->oldest];

    b->oldest = (b->oldest + 1) % b->capacity;
    b->count--;
    return item;
}

int buffer_put(struct buffer *b, int item)
{
    int rc = ESHUTDOWN;

    pthread_mutex_lock(&b->lock);
    if (b->closed) {
        pthread_mutex_unlock(&b->lock);
        return rc;
    }
    /* A wake-up only says "look again": another putter may have taken the room
     * meanwhile, or there was no reason at all. Hence a loop. */
    while (b->count == b->capacity && !b->closed) {
        pthread_cond_wait(&b->not_full, &b->lock);
    }
    if (b->count < b->capacity) {
        push_locked(b, item);
        pthread_cond_signal(&b->not_empty);
        rc = 0;
    }
    pthread_mutex_unlock(&b->lock);
    return rc;
}

int buffer_get(struct buffer *b, int *out_item)
{
    int rc = ESHUTDOWN;

    pthread_mutex_lock(&b->lock);
    while (b->count == 0 && !b->closed) {
        pthread_cond_wait(&b->not_empty, &b->lock);
    }
    /* Not "if it is open": a closed buffer still gives out what it has. */
    if (b->count > 0) {
        *out_item = pop_locked(b);
        pthread_cond_signal(&b->not_full);
        rc = 0;
    }
    pthread_mutex_unlock(&b->lock);
    return rc;
}

void buffer_close(struct buffer *b)
{
    pthread_mutex_lock(&b->lock);
    b->closed = true;
    pthread_cond_broadcast(&b->not_full);
    pthread_cond_broadcast(&b->not_empty);
    pthread_mutex_unlock(&b->lock);
}

size_t buffer_count(struct buffer *b)
{
    size_t count;

    pthread_mutex_lock(&b->lock);
    count = b->count;
    pthread_mutex_unlock(&b->lock);
    return count;
}

void buffer_destroy(struct buffer *b)
{
    pthread_cond_destroy(&b->not_empty);
    pthread_cond_destroy(&b->not_full);
    pthread_mutex_destroy(&b->lock);
    free(b->ring);
    free(b);
}
