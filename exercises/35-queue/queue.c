/* SPDX-License-Identifier: MIT */
/* queue.c - a queue of work. Your work; see queue.h. */
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct queue {
    size_t maxsize; /* TODO: the rest, and say which lock guards what */
};

/* TODO: allocate the queue, set up every field. */
struct queue *queue_create(size_t maxsize)
{
    (void)maxsize;
    return NULL;
}

/* TODO: wait for room (sentinels need none), append, count, tell a getter. */
int queue_put(struct queue *q, void *item)
{
    (void)q;
    (void)item;
    return ENOSYS;
}

/* TODO: wait until something is there, take the oldest, tell a putter. */
void *queue_get(struct queue *q)
{
    (void)q;
    return NULL;
}

/* TODO: one less is unfinished; if none is left, tell those who join. */
int queue_task_done(struct queue *q)
{
    (void)q;
    return ENOSYS;
}

/* TODO: wait until nothing is unfinished. */
void queue_join(struct queue *q)
{
    (void)q;
}

/* TODO: take, work, mark as done; at a sentinel, pass it on and return. */
size_t queue_consume(struct queue *q, void (*work)(void *item, void *arg),
                     void *arg)
{
    (void)q;
    (void)work;
    (void)arg;
    return 0;
}

/* TODO: read the size. Reading shared data needs a lock like writing it. */
size_t queue_size(struct queue *q)
{
    (void)q;
    return 0;
}

/* TODO: give back all that the queue has, and what is still inside. */
void queue_destroy(struct queue *q)
{
    (void)q;
}
