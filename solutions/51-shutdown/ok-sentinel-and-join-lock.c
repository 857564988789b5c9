/* SPDX-License-Identifier: MIT */
/* Right: the end of the queue is a node like any other, which nobody else can
 * put, because it is recognized by its address. The thread itself drops what
 * it leaves. A second mutex is held while joining, which the thread never
 * takes: so the other stops queue up behind it. The handle is compared only as
 * long as the thread says that it runs. */
#include "worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct node {
    void *item;
    struct node *next;
};

/* Order of the locks: join_lock before lock. */
struct worker {
    void (*handle)(void *arg, void *item); /* constant after create */
    void (*drop)(void *arg, void *item);   /* likewise */
    void *arg;                             /* likewise */

    pthread_mutex_t join_lock; /* guards joined; held while joining */
    bool joined;

    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t grew;  /* signalled: there is a new last node */
    struct node *first;
    struct node *last;
    struct node sentinel;
    pthread_t thread;
    bool started;
    bool running; /* the thread has yet to make its last step */
    bool closed;  /* the sentinel is in the queue, or was */
    bool now;
};

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
    pthread_mutex_init(&w->join_lock, NULL);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->grew, NULL);
    return w;
}

static void append_locked(struct worker *w, struct node *n)
{
    n->next = NULL;
    if (w->first == NULL) {
        w->first = n;
    } else {
        w->last->next = n;
    }
    w->last = n;
    pthread_cond_signal(&w->grew);
}

/* Pass on every item up to the sentinel. Once `now` is set, to drop. */
static void *work(void *arg)
{
    struct worker *w = arg;

    pthread_mutex_lock(&w->lock);
    for (;;) {
        struct node *n = NULL;
        bool now = false;

        while (w->first == NULL) {
            pthread_cond_wait(&w->grew, &w->lock);
        }
        n = w->first;
        if (n == &w->sentinel) {
            break;
        }
        w->first = n->next;
        now = w->now;
        pthread_mutex_unlock(&w->lock);
        (now ? w->drop : w->handle)(w->arg, n->item);
        free(n);
        pthread_mutex_lock(&w->lock);
    }
    w->running = false;
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
        rc = pthread_create(&w->thread, NULL, work, w);
        w->started = rc == 0;
        w->running = rc == 0;
    }
    pthread_mutex_unlock(&w->lock);
    return rc;
}

int worker_put(struct worker *w, void *item)
{
    struct node *n = NULL;
    int rc = 0;

    pthread_mutex_lock(&w->lock);
    if (w->closed) {
        rc = ESHUTDOWN;
    } else {
        n = malloc(sizeof(*n));
        rc = n == NULL ? ENOMEM : 0;
    }
    if (rc == 0) {
        n->item = item;
        append_locked(w, n);
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

/* Returns true if this is called from the worker's own thread. */
static bool ask(struct worker *w, enum worker_stop how)
{
    bool mine = false;

    pthread_mutex_lock(&w->lock);
    if (!w->closed) {
        append_locked(w, &w->sentinel);
    }
    w->closed = true;
    w->now = w->now || how == WORKER_NOW || !w->started;
    mine = w->running && pthread_equal(w->thread, pthread_self());
    pthread_mutex_unlock(&w->lock);
    return mine;
}

int worker_stop(struct worker *w, enum worker_stop how)
{
    if (ask(w, how)) {
        return EDEADLK;
    }
    pthread_mutex_lock(&w->join_lock);
    if (!w->joined && w->started) {
        pthread_join(w->thread, NULL);
    } else if (!w->joined) {
        work(w); /* nobody else ever will; `now` is set */
    }
    w->joined = true;
    pthread_mutex_unlock(&w->join_lock);
    return 0;
}

void worker_destroy(struct worker *w)
{
    worker_stop(w, WORKER_NOW);
    pthread_cond_destroy(&w->grew);
    pthread_mutex_destroy(&w->lock);
    pthread_mutex_destroy(&w->join_lock);
    free(w);
}
