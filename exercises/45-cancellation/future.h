/* SPDX-License-Identifier: MIT */
/* future.h - the result of a task that may not have run yet. Given, complete:
 * use it, leave it alone.
 *
 * This is the future of exercise 42 without callbacks, and with a count of
 * references instead of an owner: who asked for the result and who runs the
 * task each hold one, and neither needs to know who lets go last.
 *
 * Every function but future_create wants a future to which the caller holds a
 * reference, and may then be called by any number of threads at any time. */
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

struct future {
    int (*task)(void *arg, void **out_value); /* constant after create */
    void *arg;                                /* likewise */

    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t done;  /* broadcast: it got finished or cancelled */
    enum future_state state;
    int error;
    void *value;
    int references;
};

/* Make a pending future for task(arg, &value). The task returns 0, having
 * written its value or left it at NULL; or an error number other than 0.
 * Returns the future with one reference, the caller's; or NULL if memory runs
 * out. */
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
    f->references = 1;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->done, NULL);
    return f;
}

/* Take one more reference, to give to somebody else or to keep. */
static inline void future_retain(struct future *f)
{
    pthread_mutex_lock(&f->lock);
    f->references++;
    pthread_mutex_unlock(&f->lock);
}

/* Let go of one reference. The last one frees the future. */
static inline void future_release(struct future *f)
{
    bool last = false;

    pthread_mutex_lock(&f->lock);
    f->references--;
    last = f->references == 0;
    pthread_mutex_unlock(&f->lock);
    if (last) {
        pthread_cond_destroy(&f->done);
        pthread_mutex_destroy(&f->lock);
        free(f);
    }
}

/* Run the task in the calling thread, if the future is pending.
 * Returns true if this call ran it; false if it had nothing to do, because the
 * future is running, finished or cancelled. */
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
    f->error = error;
    f->value = value;
    f->state = FUTURE_FINISHED;
    pthread_cond_broadcast(&f->done);
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
        f->state = FUTURE_CANCELLED;
        pthread_cond_broadcast(&f->done);
    }
    cancelled = f->state == FUTURE_CANCELLED;
    pthread_mutex_unlock(&f->lock);
    return cancelled;
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
    rc = f->state == FUTURE_CANCELLED ? ECANCELED : f->error;
    if (rc == 0) {
        *out_value = f->value;
    }
    pthread_mutex_unlock(&f->lock);
    return rc;
}
#endif
