/* SPDX-License-Identifier: MIT */
/* Wrong: put signals only if the queue was empty. If two threads sleep in
 * queue_get and the second item comes before the first one is taken, the
 * second thread is not woken, and sleeps beside an item. */
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct node {
    void *item; /* NULL: a sentinel */
    struct node *next;
};

struct queue {
    size_t maxsize; /* constant after create; 0: no limit */

    pthread_mutex_t lock;     /* guards every field below, and the nodes */
    pthread_cond_t not_full;  /* signal: an item left */
    pthread_cond_t not_empty; /* signal: the first node came */
    pthread_cond_t all_done;  /* broadcast: unfinished went to 0 */
    struct node *first;       /* NULL: nothing inside */
    struct node *last;        /* means something only if first != NULL */
    size_t size;              /* items in the list, sentinels not counted */
    size_t unfinished;        /* >= size */
};

struct queue *queue_create(size_t maxsize)
{
    struct queue *q = calloc(1, sizeof(*q)); /* empty: all zero */

    if (q == NULL) {
        return NULL;
    }
    q->maxsize = maxsize;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->not_full, NULL);
    pthread_cond_init(&q->not_empty, NULL);
    pthread_cond_init(&q->all_done, NULL);
    return q;
}

static void append_locked(struct queue *q, struct node *node)
{
    node->next = NULL;
    if (q->first == NULL) {
        q->first = node;
        /* Only then can anybody be asleep? */
        pthread_cond_signal(&q->not_empty);
    } else {
        q->last->next = node;
    }
    q->last = node;
    q->size += node->item != NULL;
}

int queue_put(struct queue *q, void *item)
{
    struct node *node = malloc(sizeof(*node));

    if (node == NULL) {
        return ENOMEM;
    }
    node->item = item;
    pthread_mutex_lock(&q->lock);
    while (item != NULL && q->maxsize > 0 && q->size == q->maxsize) {
        pthread_cond_wait(&q->not_full, &q->lock);
    }
    append_locked(q, node);
    q->unfinished += item != NULL;
    pthread_mutex_unlock(&q->lock);
    return 0;
}

/* The oldest node, which is the caller's from now on. */
static struct node *take(struct queue *q)
{
    struct node *node;

    pthread_mutex_lock(&q->lock);
    while (q->first == NULL) {
        pthread_cond_wait(&q->not_empty, &q->lock);
    }
    node = q->first;
    q->first = node->next;
    if (node->item != NULL) {
        q->size--;
        pthread_cond_signal(&q->not_full);
    }
    pthread_mutex_unlock(&q->lock);
    return node;
}

void *queue_get(struct queue *q)
{
    struct node *node = take(q);
    void *item = node->item;

    free(node);
    return item;
}

int queue_task_done(struct queue *q)
{
    int rc = EINVAL;

    pthread_mutex_lock(&q->lock);
    if (q->unfinished > 0) {
        q->unfinished--;
        if (q->unfinished == 0) {
            pthread_cond_broadcast(&q->all_done);
        }
        rc = 0;
    }
    pthread_mutex_unlock(&q->lock);
    return rc;
}

void queue_join(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (q->unfinished > 0) {
        pthread_cond_wait(&q->all_done, &q->lock);
    }
    pthread_mutex_unlock(&q->lock);
}

size_t queue_consume(struct queue *q, void (*work)(void *item, void *arg),
                     void *arg)
{
    struct node *node = take(q);
    size_t count = 0;

    while (node->item != NULL) {
        void *item = node->item;

        free(node);
        /* No lock is held here: the work may be long, and use the queue. */
        work(item, arg);
        (void)queue_task_done(q);
        count++;
        node = take(q);
    }
    pthread_mutex_lock(&q->lock);
    append_locked(q, node);
    pthread_mutex_unlock(&q->lock);
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
    /* The sentinel that the last consumer passed on is still here. */
    while (q->first != NULL) {
        struct node *node = q->first;

        q->first = node->next;
        free(node);
    }
    pthread_cond_destroy(&q->all_done);
    pthread_cond_destroy(&q->not_empty);
    pthread_cond_destroy(&q->not_full);
    pthread_mutex_destroy(&q->lock);
    free(q);
}
