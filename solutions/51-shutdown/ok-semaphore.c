/* SPDX-License-Identifier: MIT */
/* Right: a semaphore counts the items, and a stop posts once more than there
 * are; the thread that gets a unit and finds no item goes home. The items are
 * in an array that grows. Those who come second wait at a semaphore as well,
 * and each lets the next one through. */
#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

struct worker {
    void (*handle)(void *arg, void *item); /* constant after create */
    void (*drop)(void *arg, void *item);   /* likewise */
    void *arg;                             /* likewise */

    sem_t turns; /* one for each item, and one for the first stop */
    sem_t over;  /* 1 when the thread is joined, passed from stop to stop */

    pthread_mutex_t lock; /* guards every field below */
    void **items;
    size_t size; /* of the array */
    size_t put;  /* how many items were ever put */
    size_t taken;
    pthread_t thread;
    bool started;
    bool closed;
    bool now;
    bool claimed; /* a stop has begun to join */
};

static _Thread_local const struct worker *own;

struct worker *worker_create(void (*handle)(void *arg, void *item),
                             void (*drop)(void *arg, void *item), void *arg)
{
    struct worker *w = calloc(1, sizeof(*w));

    if (w == NULL) {
        return NULL;
    }
    w->handle = handle;
    w->drop = drop;
    w->arg = arg;
    sem_init(&w->turns, 0, 0);
    sem_init(&w->over, 0, 0);
    pthread_mutex_init(&w->lock, NULL);
    return w;
}

static bool take(struct worker *w, void **out_item)
{
    bool found = false;

    pthread_mutex_lock(&w->lock);
    if (!w->now && w->taken < w->put) {
        *out_item = w->items[w->taken];
        w->taken++;
        found = true;
    }
    pthread_mutex_unlock(&w->lock);
    return found;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    void *item = NULL;

    own = w;
    for (;;) {
        while (sem_wait(&w->turns) != 0) {
        }
        if (!take(w, &item)) {
            return NULL;
        }
        w->handle(w->arg, item);
    }
}

int worker_start(struct worker *w)
{
    int rc = ESHUTDOWN;

    pthread_mutex_lock(&w->lock);
    if (!w->closed && w->started) {
        rc = EALREADY;
    } else if (!w->closed) {
        rc = pthread_create(&w->thread, NULL, work, w);
        w->started = rc == 0;
    }
    pthread_mutex_unlock(&w->lock);
    return rc;
}

static bool grow_locked(struct worker *w)
{
    size_t size = w->size == 0 ? 4 : 2 * w->size;
    void **items = realloc(w->items, size * sizeof(*items));

    if (items == NULL) {
        return false;
    }
    w->items = items;
    w->size = size;
    return true;
}

int worker_put(struct worker *w, void *item)
{
    int rc = 0;

    pthread_mutex_lock(&w->lock);
    if (w->closed) {
        rc = ESHUTDOWN;
    } else if (w->put == w->size && !grow_locked(w)) {
        rc = ENOMEM;
    } else {
        w->items[w->put] = item;
        w->put++;
        sem_post(&w->turns);
    }
    pthread_mutex_unlock(&w->lock);
    return rc;
}

bool worker_stopping(struct worker *w)
{
    bool now = false;

    pthread_mutex_lock(&w->lock);
    now = w->now;
    pthread_mutex_unlock(&w->lock);
    return now;
}

static void finish(struct worker *w)
{
    if (w->started) {
        pthread_join(w->thread, NULL);
    }
    while (w->taken < w->put) {
        w->drop(w->arg, w->items[w->taken]);
        w->taken++;
    }
}

int worker_stop(struct worker *w, enum worker_stop how)
{
    bool first = false;

    pthread_mutex_lock(&w->lock);
    if (!w->closed) {
        sem_post(&w->turns);
    }
    w->closed = true;
    w->now = w->now || how == WORKER_NOW;
    if (own != w) {
        first = !w->claimed;
        w->claimed = true;
    }
    pthread_mutex_unlock(&w->lock);
    if (own == w) {
        return EDEADLK;
    }
    if (first) {
        finish(w);
    } else {
        while (sem_wait(&w->over) != 0) {
        }
    }
    sem_post(&w->over);
    return 0;
}

void worker_destroy(struct worker *w)
{
    worker_stop(w, WORKER_NOW);
    pthread_mutex_destroy(&w->lock);
    sem_destroy(&w->over);
    sem_destroy(&w->turns);
    free(w->items);
    free(w);
}
