/* SPDX-License-Identifier: MIT */
/* Wrong: close wakes the getters and forgets that putters wait as well:
 * nobody makes room any more, so they sleep for ever. Seen only if a put is
 * asleep when the close comes. */
#include "buffer.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct buffer {
    size_t capacity;
    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t not_full;
    pthread_cond_t not_empty;
    int *ring;
    size_t head; /* the next get takes from here */
    size_t tail; /* the next put goes here */
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
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->not_full, NULL);
    pthread_cond_init(&b->not_empty, NULL);
    return b;
}

static void push_locked(struct buffer *b, int item)
{
    b->ring[b->tail] = item;
    b->tail = (b->tail + 1) % b->capacity;
    b->count++;
}

static int pop_locked(struct buffer *b)
{
    int item = b->ring[b->head];

    b->head = (b->head + 1) % b->capacity;
    b->count--;
    return item;
}

int buffer_put(struct buffer *b, int item)
{
    int rc = ESHUTDOWN;

    pthread_mutex_lock(&b->lock);
    while (b->count == b->capacity && !b->closed) {
        pthread_cond_wait(&b->not_full, &b->lock);
    }
    if (!b->closed) {
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
