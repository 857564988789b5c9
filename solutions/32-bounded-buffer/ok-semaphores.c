/* SPDX-License-Identifier: MIT */
/* Right: two semaphores count the free places and the items, a mutex guards
 * the ring. Close adds one token to either side, and whoever takes it and
 * finds the buffer closed puts it back for the next, so that all waiters
 * get out one after another. */
#include "buffer.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>

struct buffer {
    size_t capacity; /* constant after create */
    sem_t room;      /* free places; one more when closed */
    sem_t items;     /* items inside; one more when closed */

    pthread_mutex_t lock; /* guards every field below */
    int *ring;
    size_t head;
    size_t count;
    bool closed;
};

struct buffer *buffer_create(size_t capacity)
{
    struct buffer *b = calloc(1, sizeof(*b));

    if (b == NULL) {
        return NULL;
    }
    b->ring = calloc(capacity, sizeof(*b->ring));
    if (b->ring == NULL) {
        free(b);
        return NULL;
    }
    b->capacity = capacity;
    sem_init(&b->room, 0, (unsigned)capacity);
    sem_init(&b->items, 0, 0);
    pthread_mutex_init(&b->lock, NULL);
    return b;
}

static void take(sem_t *tokens)
{
    while (sem_wait(tokens) != 0) {
        /* a signal handler ran (EINTR): wait on */
    }
}

int buffer_put(struct buffer *b, int item)
{
    bool closed;

    take(&b->room);
    pthread_mutex_lock(&b->lock);
    closed = b->closed;
    if (!closed) {
        b->ring[(b->head + b->count) % b->capacity] = item;
        b->count++;
    }
    pthread_mutex_unlock(&b->lock);
    /* Into a closed buffer: the token is for the next putter. */
    sem_post(closed ? &b->room : &b->items);
    return closed ? ESHUTDOWN : 0;
}

int buffer_get(struct buffer *b, int *out_item)
{
    bool empty;

    take(&b->items);
    pthread_mutex_lock(&b->lock);
    empty = b->count == 0; /* a token and no item: it is closed */
    if (!empty) {
        *out_item = b->ring[b->head];
        b->head = (b->head + 1) % b->capacity;
        b->count--;
    }
    pthread_mutex_unlock(&b->lock);
    sem_post(empty ? &b->items : &b->room);
    return empty ? ESHUTDOWN : 0;
}

void buffer_close(struct buffer *b)
{
    bool first;

    pthread_mutex_lock(&b->lock);
    first = !b->closed;
    b->closed = true;
    pthread_mutex_unlock(&b->lock);
    if (first) {
        sem_post(&b->room);
        sem_post(&b->items);
    }
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
    sem_destroy(&b->room);
    sem_destroy(&b->items);
    pthread_mutex_destroy(&b->lock);
    free(b->ring);
    free(b);
}
