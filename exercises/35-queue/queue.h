/* SPDX-License-Identifier: MIT */
/* queue.h - a first-in, first-out queue of work, which knows what has been put
 * and not yet been dealt with.
 *
 * Exercise 35: write queue.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * An item is a pointer that is not NULL. NULL is the sentinel: it says that no
 * work will follow. Whoever puts one puts it last; where items end up that are
 * put after a sentinel, or while others put one, is not promised. Sentinels are
 * no work: they are not counted, and need neither room nor task_done. */
#ifndef QUEUE_H
#define QUEUE_H
#include <stddef.h>

struct queue; /* opaque: its fields are yours to choose */

/* Make an empty queue for at most `maxsize` items; 0 means without limit.
 * Returns the queue, or NULL if memory runs out.
 * The caller owns it and ends it with queue_destroy. */
struct queue *queue_create(size_t maxsize);

/* Append `item`; sleep while the queue is full. A sentinel never has to wait.
 * An item is unfinished from now on, until somebody calls queue_task_done.
 * Returns 0, or ENOMEM (nothing appended, nothing unfinished).
 * The queue never reads or frees items.
 * Threads: any number, at any time. Items of one thread stay in order. */
int queue_put(struct queue *q, void *item);

/* Take the oldest item; sleep while the queue is empty.
 * Returns it, or NULL if it is a sentinel, which is then taken as well.
 * Threads: any number, at any time. Every item is taken exactly once. */
void *queue_get(struct queue *q);

/* Say that one item that was taken has been dealt with. If it was the last
 * unfinished one, all who wait in queue_join are woken.
 * Returns 0, or EINVAL if nothing is unfinished (nothing changes).
 * Threads: any number, at any time. */
int queue_task_done(struct queue *q);

/* Sleep until no item is unfinished: all are taken, and marked as done. Return
 * at once if none is. If more is put before a thread that sleeps here has woken
 * up, it may go on, or sleep until that is done, too. What a thread did before
 * its queue_task_done is visible to the caller afterwards.
 * Threads: any number, at any time; the queue may be used on afterwards. */
void queue_join(struct queue *q);

/* Be a consumer: take items and call work(item, arg) for each, one after
 * another, until a sentinel comes. Each item is marked as done once its call
 * of `work` has returned. The sentinel is passed on: it stops every thread that
 * consumes from this queue, now or later.
 * Returns how many items this call has worked on.
 * `work` may use the queue: put items, look at its size.
 * Threads: any number, at any time. */
size_t queue_consume(struct queue *q, void (*work)(void *item, void *arg),
                     void *arg);

/* Look how full the queue is, without waiting for room or items.
 * Returns how many items are inside at this moment, not counting sentinels;
 * never above maxsize, unless that is 0.
 * Threads: any number, at any time. */
size_t queue_size(struct queue *q);

/* Free the queue; what is still inside is dropped, sentinels or items.
 * No thread may be inside, or later enter, a queue call. */
void queue_destroy(struct queue *q);
#endif
