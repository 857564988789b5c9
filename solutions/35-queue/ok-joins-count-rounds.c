/* SPDX-License-Identifier: MIT */
/* Right: `round` counts how often the last unfinished item was marked as done.
 * A join ends when the round does, even if more has been put before it wakes.
 * Sentinels are a number, from which consumers take nothing; the size is
 * atomic, so it can be read without the lock; signals come after the unlock. */
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct queue {
    size_t maxsize; /* constant */

    pthread_mutex_t lock;   /* guards all below; size is written under it */
    pthread_cond_t some;    /* signal: an item came; broadcast: a sentinel */
    pthread_cond_t room;    /* signal: an item left */
    pthread_cond_t settled; /* broadcast: round went up */
    void **ring;
    size_t places;
    size_t head;
    atomic_size_t size; /* items in the ring */
    size_t sentinels;   /* behind all items */
    size_t unfinished;
    unsigned long round; /* how often unfinished became 0 */
};

struct queue *queue_create(size_t maxsize)
{
    struct queue *q = calloc(1, sizeof(*q));

    if (q == NULL) {
        return NULL;
    }
    q->maxsize = maxsize;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->some, NULL);
    pthread_cond_init(&q->room, NULL);
    pthread_cond_init(&q->settled, NULL);
    return q;
}

static int grow_locked(struct queue *q)
{
    size_t places = q->places == 0 ? 2 : 2 * q->places;
    void **ring = calloc(places, sizeof(*ring));

    if (ring == NULL) {
        return ENOMEM;
    }
    for (size_t i = 0; i < q->size; i++) {
        ring[i] = q->ring[(q->head + i) % q->places];
    }
    free(q->ring);
    q->ring = ring;
    q->places = places;
    q->head = 0;
    return 0;
}

int queue_put(struct queue *q, void *item)
{
    if (item == NULL) {
        pthread_mutex_lock(&q->lock);
        q->sentinels++;
        pthread_mutex_unlock(&q->lock);
        pthread_cond_broadcast(&q->some);
        return 0;
    }
    pthread_mutex_lock(&q->lock);
    while (q->maxsize != 0 && q->size >= q->maxsize) {
        pthread_cond_wait(&q->room, &q->lock);
    }
    if (q->size == q->places && grow_locked(q) != 0) {
        pthread_mutex_unlock(&q->lock);
        pthread_cond_signal(&q->room); /* the room was not used */
        return ENOMEM;
    }
    q->ring[(q->head + q->size) % q->places] = item;
    q->size++;
    q->unfinished++;
    pthread_mutex_unlock(&q->lock);
    pthread_cond_signal(&q->some);
    return 0;
}

/* A consumer takes 0 of the sentinels, so the next one finds them. */
static void *take(struct queue *q, size_t sentinels_to_take)
{
    void *item = NULL;

    pthread_mutex_lock(&q->lock);
    while (q->size == 0 && q->sentinels == 0) {
        pthread_cond_wait(&q->some, &q->lock);
    }
    if (q->size > 0) {
        item = q->ring[q->head];
        q->head = (q->head + 1) % q->places;
        q->size--;
    } else {
        q->sentinels -= sentinels_to_take;
    }
    pthread_mutex_unlock(&q->lock);
    if (item != NULL) {
        pthread_cond_signal(&q->room);
    }
    return item;
}

void *queue_get(struct queue *q)
{
    return take(q, 1);
}

int queue_task_done(struct queue *q)
{
    int rc = EINVAL;

    pthread_mutex_lock(&q->lock);
    if (q->unfinished > 0) {
        rc = 0;
        if (--q->unfinished == 0) {
            q->round++;
            pthread_cond_broadcast(&q->settled);
        }
    }
    pthread_mutex_unlock(&q->lock);
    return rc;
}

void queue_join(struct queue *q)
{
    unsigned long mine = 0;

    pthread_mutex_lock(&q->lock);
    mine = q->round;
    while (q->unfinished != 0 && q->round == mine) {
        pthread_cond_wait(&q->settled, &q->lock);
    }
    pthread_mutex_unlock(&q->lock);
}

size_t queue_consume(struct queue *q, void (*work)(void *item, void *arg),
                     void *arg)
{
    size_t n = 0;

    for (void *item = take(q, 0); item != NULL; item = take(q, 0)) {
        work(item, arg);
        queue_task_done(q);
        n++;
    }
    return n;
}

size_t queue_size(struct queue *q)
{
    return atomic_load(&q->size);
}

void queue_destroy(struct queue *q)
{
    pthread_cond_destroy(&q->settled);
    pthread_cond_destroy(&q->room);
    pthread_cond_destroy(&q->some);
    pthread_mutex_destroy(&q->lock);
    free(q->ring);
    free(q);
}
