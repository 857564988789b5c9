/* SPDX-License-Identifier: MIT */
/* Right: a linked list instead of a ring. All nodes come with the buffer
 * and wait on a free list, so put never runs out of memory, and "full"
 * means that the free list is empty. */
#include "buffer.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct node {
    int item;
    struct node *next;
};

struct buffer {
    pthread_mutex_t lock; /* guards every field below, and the lists */
    pthread_cond_t may_put;
    pthread_cond_t may_get;
    struct node *unused;
    struct node *first;
    struct node **end; /* where the next node is to be hung */
    size_t count;
    bool closed;
    struct node nodes[]; /* each in one of the two lists */
};

struct buffer *buffer_create(size_t capacity)
{
    struct buffer *b = calloc(1, sizeof(*b) + capacity * sizeof(b->nodes[0]));

    if (b == NULL) {
        return NULL;
    }
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->may_put, NULL);
    pthread_cond_init(&b->may_get, NULL);
    for (size_t i = 0; i < capacity; i++) {
        b->nodes[i].next = b->unused;
        b->unused = &b->nodes[i];
    }
    b->end = &b->first;
    return b;
}

int buffer_put(struct buffer *b, int item)
{
    struct node *node = NULL;

    pthread_mutex_lock(&b->lock);
    while (b->unused == NULL && !b->closed) {
        pthread_cond_wait(&b->may_put, &b->lock);
    }
    if (!b->closed) {
        node = b->unused;
        b->unused = node->next;
        node->item = item;
        node->next = NULL;
        *b->end = node;
        b->end = &node->next;
        b->count++;
        pthread_cond_signal(&b->may_get);
    }
    pthread_mutex_unlock(&b->lock);
    return node != NULL ? 0 : ESHUTDOWN;
}

int buffer_get(struct buffer *b, int *out_item)
{
    struct node *node;

    pthread_mutex_lock(&b->lock);
    while (b->first == NULL && !b->closed) {
        pthread_cond_wait(&b->may_get, &b->lock);
    }
    node = b->first;
    if (node != NULL) {
        *out_item = node->item;
        b->first = node->next;
        if (b->first == NULL) {
            b->end = &b->first;
        }
        node->next = b->unused;
        b->unused = node;
        b->count--;
        pthread_cond_signal(&b->may_put);
    }
    pthread_mutex_unlock(&b->lock);
    return node != NULL ? 0 : ESHUTDOWN;
}

void buffer_close(struct buffer *b)
{
    pthread_mutex_lock(&b->lock);
    b->closed = true;
    pthread_cond_broadcast(&b->may_put);
    pthread_cond_broadcast(&b->may_get);
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
    pthread_cond_destroy(&b->may_get);
    pthread_cond_destroy(&b->may_put);
    pthread_mutex_destroy(&b->lock);
    free(b);
}
