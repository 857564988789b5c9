/* SPDX-License-Identifier: MIT */
/* Wrong: worker_start says that the thread is there before it is made. A stop
 * that comes in between believes it, and joins a handle that nobody has
 * written yet. */
#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct node {
    void *item;
    struct node *next;
};

struct worker {
    void (*handle)(void *arg, void *item); /* constant after create */
    void (*drop)(void *arg, void *item);   /* likewise */
    void *arg;                             /* likewise */

    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t news;  /* signalled: an item came, closed or now changed */
    pthread_cond_t ended; /* broadcast: over */
    struct node *first;   /* oldest first */
    struct node **end;    /* where the next is to be hung */
    pthread_t thread;     /* if started */
    bool started;
    bool closed;
    bool now;     /* implies closed */
    bool claimed; /* somebody has claimed the join */
    bool over;    /* the thread has ended, and the queue is empty for good */
};

/* The worker whose thread this is. */
static _Thread_local struct worker *current;

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
    w->end = &w->first;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->news, NULL);
    pthread_cond_init(&w->ended, NULL);
    return w;
}

/* The queue is not empty. */
static void *take_locked(struct worker *w)
{
    struct node *n = w->first;
    void *item = n->item;

    w->first = n->next;
    if (w->first == NULL) {
        w->end = &w->first;
    }
    free(n);
    return item;
}

static void *work(void *arg)
{
    struct worker *w = arg;

    current = w;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        void *item = NULL;

        while (w->first == NULL && !w->closed) {
            pthread_cond_wait(&w->news, &w->lock);
        }
        if (w->now || w->first == NULL) {
            break;
        }
        item = take_locked(w);
        pthread_mutex_unlock(&w->lock);
        w->handle(w->arg, item);
        pthread_mutex_lock(&w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

int worker_start(struct worker *w)
{
    int rc = 0;

    pthread_mutex_lock(&w->lock);
    if (w->closed) {
        rc = ESHUTDOWN;
    } else if (w->started) {
        rc = EALREADY;
    } else {
        w->started = true;
        pthread_mutex_unlock(&w->lock);
        rc = pthread_create(&w->thread, NULL, work, w);
        pthread_mutex_lock(&w->lock);
        w->started = rc == 0;
    }
    pthread_mutex_unlock(&w->lock);
    return rc;
}

int worker_put(struct worker *w, void *item)
{
    struct node *n = malloc(sizeof(*n));
    int rc = ESHUTDOWN;

    if (n == NULL) {
        return ENOMEM;
    }
    *n = (struct node){.item = item, .next = NULL};
    pthread_mutex_lock(&w->lock);
    if (!w->closed) {
        *w->end = n;
        w->end = &n->next;
        n = NULL;
        rc = 0;
        pthread_cond_signal(&w->news);
    }
    pthread_mutex_unlock(&w->lock);
    free(n);
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

/* Join the thread, if there is one, and pass on what it has left. The lock is
 * free. Nobody starts or puts any more, and nobody else comes here, so with
 * the thread gone everything is ours. */
static void finish(struct worker *w, bool started)
{
    if (started) {
        pthread_join(w->thread, NULL);
    }
    while (w->first != NULL) {
        w->drop(w->arg, take_locked(w));
    }
}

int worker_stop(struct worker *w, enum worker_stop how)
{
    pthread_mutex_lock(&w->lock);
    w->closed = true;
    w->now = w->now || how == WORKER_NOW;
    pthread_cond_signal(&w->news);
    if (current == w) {
        pthread_mutex_unlock(&w->lock);
        return EDEADLK;
    }
    if (!w->claimed) {
        bool started = w->started;

        w->claimed = true;
        pthread_mutex_unlock(&w->lock);
        finish(w, started);
        pthread_mutex_lock(&w->lock);
        w->over = true;
        pthread_cond_broadcast(&w->ended);
    }
    while (!w->over) {
        pthread_cond_wait(&w->ended, &w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return 0;
}

void worker_destroy(struct worker *w)
{
    worker_stop(w, WORKER_NOW);
    pthread_cond_destroy(&w->ended);
    pthread_cond_destroy(&w->news);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
