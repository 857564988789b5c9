/* SPDX-License-Identifier: MIT */
/* future.h - the result of a task that may not have run yet. Given, complete:
 * use it, leave it alone.
 *
 * This is the future of exercise 42 with *watchers* in place of callbacks. A
 * watcher can be taken away again, and whoever did so knows that it will not
 * be called any more. The price is a rule: it is called with the lock of its
 * future held.
 *
 * Any number of threads may call these functions at any time, until the owner
 * calls future_destroy. */
#ifndef FUTURE_H
#define FUTURE_H
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum future_state {
    FUTURE_PENDING,
    FUTURE_RUNNING,
    FUTURE_FINISHED,
    FUTURE_CANCELLED
};

struct future;

/* Somebody who wants to hear of the end of one future. It lives where its owner
 * puts it, for example as the first member of a larger struct. */
struct watcher {
    /* Called once, with the lock of f held, when f is done: `error` is what
     * future_result will return. It may do all that does not wait for
     * long, such as lock a mutex, signal or post, but must not call any
     * function of f. */
    void (*done)(struct watcher *w, struct future *f, int error);
    struct watcher *next; /* belongs to the future while it watches */
};

struct future {
    int (*task)(void *arg, void **out_value); /* constant after create */
    void *arg;                                /* likewise */

    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t done;  /* broadcast: it got finished or cancelled */
    enum future_state state;
    int error; /* ECANCELED if cancelled */
    void *value;
    struct watcher *watchers; /* none once it is done */
};

/* Make a pending future for task(arg, &value). The task returns 0, having
 * written its value or left it at NULL; or an error number other than 0.
 * Returns the future, which the caller ends with future_destroy; or NULL if
 * memory runs out. */
static inline struct future *future_create(int (*task)(void *arg,
                                                       void **out_value),
                                           void *arg)
{
    struct future *f = calloc(1, sizeof(*f));

    if (f == NULL) {
        return NULL;
    }
    f->task = task;
    f->arg = arg;
    f->state = FUTURE_PENDING;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->done, NULL);
    return f;
}

/* Free the future. Nobody may be inside a call on it, or watch it. */
static inline void future_destroy(struct future *f)
{
    pthread_cond_destroy(&f->done);
    pthread_mutex_destroy(&f->lock);
    free(f);
}

/* For the functions below: the future is done now. */
static inline void future_settle_locked(struct future *f,
                                        enum future_state state, int error,
                                        void *value)
{
    f->state = state;
    f->error = error;
    f->value = value;
    pthread_cond_broadcast(&f->done);
    while (f->watchers != NULL) {
        struct watcher *w = f->watchers;

        f->watchers = w->next;
        w->done(w, f, error);
    }
}

/* Run the task in the calling thread, if the future is pending.
 * Returns true if this call ran it. */
static inline bool future_run(struct future *f)
{
    void *value = NULL;
    bool mine = false;
    int error = 0;

    pthread_mutex_lock(&f->lock);
    if (f->state == FUTURE_PENDING) {
        f->state = FUTURE_RUNNING;
        mine = true;
    }
    pthread_mutex_unlock(&f->lock);
    if (!mine) {
        return false;
    }
    error = f->task(f->arg, &value);
    pthread_mutex_lock(&f->lock);
    future_settle_locked(f, FUTURE_FINISHED, error, value);
    pthread_mutex_unlock(&f->lock);
    return true;
}

/* Cancel the future, if it is pending: its task will never run.
 * Returns true if it is cancelled, by this call or an earlier one. */
static inline bool future_cancel(struct future *f)
{
    bool cancelled = false;

    pthread_mutex_lock(&f->lock);
    if (f->state == FUTURE_PENDING) {
        future_settle_locked(f, FUTURE_CANCELLED, ECANCELED, NULL);
    }
    cancelled = f->state == FUTURE_CANCELLED;
    pthread_mutex_unlock(&f->lock);
    return cancelled;
}

/* Look, without waiting, whether it is finished or cancelled. */
static inline bool future_done(struct future *f)
{
    bool done = false;

    pthread_mutex_lock(&f->lock);
    done = f->state == FUTURE_FINISHED || f->state == FUTURE_CANCELLED;
    pthread_mutex_unlock(&f->lock);
    return done;
}

/* Sleep until the future is finished or cancelled.
 * Returns 0 and writes the task's value to *out_value; or, with *out_value left
 * alone, the error that the task returned, or ECANCELED. */
static inline int future_result(struct future *f, void **out_value)
{
    int rc = 0;

    pthread_mutex_lock(&f->lock);
    while (f->state == FUTURE_PENDING || f->state == FUTURE_RUNNING) {
        pthread_cond_wait(&f->done, &f->lock);
    }
    rc = f->error;
    if (rc == 0) {
        *out_value = f->value;
    }
    pthread_mutex_unlock(&f->lock);
    return rc;
}

/* Let w->done be called when f is done, by the thread that makes it so. If f is
 * done already, it is called at once, from here, with the lock of f held as
 * ever. The caller must not hold a lock that w->done takes. */
static inline void future_watch(struct future *f, struct watcher *w)
{
    pthread_mutex_lock(&f->lock);
    if (f->state == FUTURE_FINISHED || f->state == FUTURE_CANCELLED) {
        w->done(w, f, f->error);
    } else {
        w->next = f->watchers;
        f->watchers = w;
    }
    pthread_mutex_unlock(&f->lock);
}

/* Take w away, whether it has been called or not. When this returns, w->done is
 * not running, and will not be called any more: w may be freed. The caller must
 * not hold a lock that w->done takes. */
static inline void future_unwatch(struct future *f, struct watcher *w)
{
    pthread_mutex_lock(&f->lock);
    for (struct watcher **at = &f->watchers; *at != NULL; at = &(*at)->next) {
        if (*at == w) {
            *at = w->next;
            break;
        }
    }
    pthread_mutex_unlock(&f->lock);
}
#endif
