/* SPDX-License-Identifier: MIT */
/* Wrong: when a task cannot be submitted, executor_map lets go of the futures
 * it has and returns at once. The tasks before are still queued or running, and
 * work on what belongs to the caller. It takes a shutdown, or a lack of memory,
 * in the midst of a map for that to be seen. */
#include "executor.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct executor {
    size_t max_workers; /* constant after create */

    pthread_mutex_t lock;    /* guards every field below */
    pthread_cond_t work;     /* signal: a task came; broadcast: shut */
    pthread_cond_t finished; /* broadcast: queued and busy are both 0 */
    struct future *first;    /* the queue, oldest first, by future->next */
    struct future **end;     /* where the next one is to be hung */
    size_t queued;           /* how many are in the queue */
    size_t busy;             /* workers that run a task; <= started */
    size_t started;          /* <= max_workers; no more once shut */
    pthread_t *threads;      /* the first `started` of max_workers */
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
    ex->threads = calloc(max_workers, sizeof(*ex->threads));
    if (ex->threads == NULL) {
        free(ex);
        return NULL;
    }
    ex->max_workers = max_workers;
    ex->end = &ex->first;
    pthread_mutex_init(&ex->lock, NULL);
    pthread_cond_init(&ex->work, NULL);
    pthread_cond_init(&ex->finished, NULL);
    return ex;
}

/* See to it that one more task in the queue finds a worker. Returns EAGAIN if
 * there would be none at all. */
static int start_if_needed_locked(struct executor *ex)
{
    pthread_t *thread = &ex->threads[ex->started];

    if (ex->queued + 1 <= ex->started - ex->busy ||
        ex->started == ex->max_workers) {
        return 0;
    }
    if (pthread_create(thread, NULL, worker_main, ex) == 0) {
        ex->started++;
    }
    return ex->started > 0 ? 0 : EAGAIN;
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
    pthread_mutex_lock(&ex->lock);
    rc = ex->shut ? ESHUTDOWN : start_if_needed_locked(ex);
    if (rc == 0) {
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
    rc = submit_rc;
    for (size_t i = 0; i < submitted; i++) {
        if (submit_rc == 0) {
            int error = future_result(fs[i], &values[i]);

            rc = rc == 0 ? error : rc;
        }
        future_release(fs[i]);
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
    for (size_t i = 0; i < ex->started; i++) {
        pthread_join(ex->threads[i], NULL);
    }
    pthread_cond_destroy(&ex->finished);
    pthread_cond_destroy(&ex->work);
    pthread_mutex_destroy(&ex->lock);
    free(ex->threads);
    free(ex);
}
