/* SPDX-License-Identifier: MIT */
/* Wrong: a submit looks under the lock whether another thread may be started,
 * starts it with the lock free, and counts it under the lock again. Two
 * submits at the same time may both start the last one that is allowed. */
#include "executor.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct worker {
    pthread_t thread;
    struct worker *next;
};

struct executor {
    size_t max_workers; /* constant after create */

    pthread_mutex_t lock;    /* guards every field below */
    pthread_cond_t work;     /* signal: a task came; broadcast: shut */
    pthread_cond_t finished; /* broadcast: queued and busy are both 0 */
    struct future *first;    /* the queue, oldest first, by future->next */
    struct future **end;     /* where the next one is to be hung */
    size_t queued;           /* how many are in the queue */
    size_t busy;             /* workers that run a task; <= started */
    size_t started;          /* no more once shut */
    struct worker *workers;  /* all that were started */
    bool shut;               /* goes true once, never back */
};

/* Take the oldest future, sleeping until there is one. Returns NULL when there
 * will never be one again. */
static struct future *take_locked(struct executor *ex)
{
    struct future *f = NULL;

    while (ex->first == NULL && !ex->shut) {
        pthread_cond_wait(&ex->work, &ex->lock);
    }
    f = ex->first;
    if (f != NULL) {
        ex->first = f->next;
        if (ex->first == NULL) {
            ex->end = &ex->first;
        }
        ex->queued--;
    }
    return f;
}

static void *worker_main(void *arg)
{
    struct executor *ex = arg;
    struct future *f = NULL;

    pthread_mutex_lock(&ex->lock);
    while ((f = take_locked(ex)) != NULL) {
        ex->busy++;
        pthread_mutex_unlock(&ex->lock);
        future_run(f); /* does nothing if it was cancelled: fine */
        future_release(f);
        pthread_mutex_lock(&ex->lock);
        ex->busy--;
        if (ex->queued + ex->busy == 0) {
            pthread_cond_broadcast(&ex->finished);
        }
    }
    pthread_mutex_unlock(&ex->lock);
    return NULL;
}

struct executor *executor_create(size_t max_workers)
{
    struct executor *ex = NULL;

    if (max_workers == 0) {
        return NULL;
    }
    ex = calloc(1, sizeof(*ex));
    if (ex == NULL) {
        return NULL;
    }
    ex->max_workers = max_workers;
    ex->end = &ex->first;
    pthread_mutex_init(&ex->lock, NULL);
    pthread_cond_init(&ex->work, NULL);
    pthread_cond_init(&ex->finished, NULL);
    return ex;
}

/* Start a thread, with the lock free: it takes a while. */
static void start_worker(struct executor *ex)
{
    struct worker *w = malloc(sizeof(*w));

    if (w == NULL) {
        return;
    }
    if (pthread_create(&w->thread, NULL, worker_main, ex) != 0) {
        free(w);
        return;
    }
    pthread_mutex_lock(&ex->lock);
    w->next = ex->workers;
    ex->workers = w;
    ex->started++;
    pthread_mutex_unlock(&ex->lock);
}

/* See to it that one more task in the queue finds a worker. */
static void start_if_needed(struct executor *ex)
{
    bool more = false;

    pthread_mutex_lock(&ex->lock);
    more = !ex->shut && ex->queued + 1 > ex->started - ex->busy &&
           ex->started < ex->max_workers;
    pthread_mutex_unlock(&ex->lock);
    if (more) {
        start_worker(ex);
    }
}

int executor_submit(struct executor *ex,
                    int (*task)(void *arg, void **out_value), void *arg,
                    struct future **out_future)
{
    struct future *f = future_create(task, arg);
    int rc = 0;

    if (f == NULL) {
        return ENOMEM;
    }
    start_if_needed(ex);
    pthread_mutex_lock(&ex->lock);
    if (ex->shut) {
        rc = ESHUTDOWN;
    } else if (ex->started == 0) {
        rc = EAGAIN;
    } else {
        future_retain(f); /* the queue's, beside the caller's */
        *ex->end = f;
        ex->end = &f->next;
        ex->queued++;
        pthread_cond_signal(&ex->work);
    }
    pthread_mutex_unlock(&ex->lock);
    if (rc != 0) {
        future_release(f);
        return rc;
    }
    *out_future = f;
    return 0;
}

int executor_map(struct executor *ex, int (*task)(void *arg, void **out_value),
                 void *const args[], void *values[], size_t count)
{
    struct future **fs = calloc(count + 1, sizeof(struct future *));
    size_t submitted = 0;
    int submit_rc = fs == NULL ? ENOMEM : 0;
    int rc = 0;

    while (submit_rc == 0 && submitted < count) {
        submit_rc = executor_submit(ex, task, args[submitted], &fs[submitted]);
        submitted += submit_rc == 0;
    }
    /* All of them, whatever fails: the tasks use what the caller owns. */
    for (size_t i = 0; i < count; i++) {
        int error = submit_rc;

        if (i < submitted) {
            error = future_result(fs[i], &values[i]);
            future_release(fs[i]);
        }
        if (rc == 0) {
            rc = error;
        }
    }
    free(fs);
    return rc;
}

void executor_shutdown(struct executor *ex, bool wait)
{
    pthread_mutex_lock(&ex->lock);
    ex->shut = true;
    pthread_cond_broadcast(&ex->work);
    /* Not a join: several may wait here, but a thread is joined once. */
    while (wait && ex->queued + ex->busy > 0) {
        pthread_cond_wait(&ex->finished, &ex->lock);
    }
    pthread_mutex_unlock(&ex->lock);
}

void executor_destroy(struct executor *ex)
{
    executor_shutdown(ex, true);
    while (ex->workers != NULL) {
        struct worker *w = ex->workers;

        pthread_join(w->thread, NULL);
        ex->workers = w->next;
        free(w);
    }
    pthread_cond_destroy(&ex->finished);
    pthread_cond_destroy(&ex->work);
    pthread_mutex_destroy(&ex->lock);
    free(ex);
}
