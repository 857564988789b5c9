/* SPDX-License-Identifier: MIT */
/* Wrong: the closed flag has a mutex of its own. Put and get ask for it
 * while they hold the buffer's, close takes the two the other way round.
 * The tests pass as long as nobody puts or gets in the very moment of a
 * close. */
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

    pthread_mutex_t closed_lock; /* guards closed */
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
    pthread_mutex_init(&b->closed_lock, NULL);
    pthread_cond_init(&b->not_full, NULL);
    pthread_cond_init(&b->not_empty, NULL);
    return b;
}

static bool is_closed(struct buffer *b)
{
    bool closed;

    pthread_mutex_lock(&b->closed_lock);
    closed = b->closed;
    pthread_mutex_unlock(&b->closed_lock);
    return closed;
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
    while (b->count == b->capacity && !is_closed(b)) {
        pthread_cond_wait(&b->not_full, &b->lock);
    }
    if (!is_closed(b)) {
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
    while (b->count == 0 && !is_closed(b)) {
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
    pthread_mutex_lock(&b->closed_lock);
    b->closed = true;
    pthread_mutex_lock(&b->lock);
    pthread_cond_broadcast(&b->not_full);
    pthread_cond_broadcast(&b->not_empty);
    pthread_mutex_unlock(&b->lock);
    pthread_mutex_unlock(&b->closed_lock);
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
    pthread_mutex_destroy(&b->closed_lock);
    pthread_mutex_destroy(&b->lock);
    free(b->ring);
    free(b);
}
