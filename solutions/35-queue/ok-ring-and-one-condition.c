/* SPDX-License-Identifier: MIT */
/* Right: a ring that doubles when there is no place left, sentinels kept as
 * a number beside it (they come last anyway), and one condition variable for
 * all reasons to wait, always broadcast. More wake-ups than needed, none too
 * few. */
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct queue {
    size_t maxsize; /* constant after create; 0: no limit */

    pthread_mutex_t lock;   /* guards every field below */
    pthread_cond_t changed; /* broadcast: any of the numbers changed */
    void **ring;            /* `places` places */
    size_t places;
    size_t oldest;     /* where the next get takes from */
    size_t size;       /* 0 <= size <= places */
    size_t sentinels;  /* behind all items */
    size_t unfinished; /* >= size */
};

struct queue *queue_create(size_t maxsize)
{
    struct queue *q = calloc(1, sizeof(*q));

    if (q == NULL) {
        return NULL;
    }
    q->maxsize = maxsize;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
    return q;
}

/* Move the items to a ring twice as large, the oldest first. */
static int grow_locked(struct queue *q)
{
    size_t places = q->places > 0 ? 2 * q->places : 4;
    void **ring = calloc(places, sizeof(void *));

    if (ring == NULL) {
        return ENOMEM;
    }
    for (size_t i = 0; i < q->size; i++) {
        ring[i] = q->ring[(q->oldest + i) % q->places];
    }
    free(q->ring);
    q->ring = ring;
    q->places = places;
    q->oldest = 0;
    return 0;
}

static int put_item_locked(struct queue *q, void *item)
{
    while (q->maxsize > 0 && q->size == q->maxsize) {
        pthread_cond_wait(&q->changed, &q->lock);
    }
    if (q->size == q->places && grow_locked(q) != 0) {
        return ENOMEM;
    }
    q->ring[(q->oldest + q->size) % q->places] = item;
    q->size++;
    q->unfinished++;
    return 0;
}

int queue_put(struct queue *q, void *item)
{
    int rc = 0;

    pthread_mutex_lock(&q->lock);
    if (item == NULL) {
        q->sentinels++;
    } else {
        rc = put_item_locked(q, item);
    }
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    return rc;
}

void *queue_get(struct queue *q)
{
    void *item = NULL;

    pthread_mutex_lock(&q->lock);
    while (q->size == 0 && q->sentinels == 0) {
        pthread_cond_wait(&q->changed, &q->lock);
    }
    if (q->size > 0) {
        item = q->ring[q->oldest];
        q->oldest = (q->oldest + 1) % q->places;
        q->size--;
    } else {
        q->sentinels--;
    }
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    return item;
}

int queue_task_done(struct queue *q)
{
    int rc = EINVAL;

    pthread_mutex_lock(&q->lock);
    if (q->unfinished > 0) {
        q->unfinished--;
        pthread_cond_broadcast(&q->changed);
        rc = 0;
    }
    pthread_mutex_unlock(&q->lock);
    return rc;
}

void queue_join(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (q->unfinished > 0) {
        pthread_cond_wait(&q->changed, &q->lock);
    }
    pthread_mutex_unlock(&q->lock);
}

size_t queue_consume(struct queue *q, void (*work)(void *item, void *arg),
                     void *arg)
{
    size_t count = 0;

    for (void *item = queue_get(q); item != NULL; item = queue_get(q)) {
        work(item, arg);
        (void)queue_task_done(q);
        count++;
    }
    (void)queue_put(q, NULL); /* a sentinel needs neither memory nor room */
    return count;
}

size_t queue_size(struct queue *q)
{
    size_t size;

    pthread_mutex_lock(&q->lock);
    size = q->size;
    pthread_mutex_unlock(&q->lock);
    return size;
}

void queue_destroy(struct queue *q)
{
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
    free(q->ring);
    free(q);
}
