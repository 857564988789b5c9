/* SPDX-License-Identifier: MIT */
/* Wrong: after a failed start a flag tells the other threads of tasks_fill
 * to stop, and it is written and read without a lock; volatile does not
 * make it safe, and until a start fails nobody writes it. */
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct task {
    pthread_t thread;
    void *(*fn)(size_t index, void *arg);
    size_t index;
    void *arg;
};

static void *run(void *record)
{
    const struct task *task = record;

    return task->fn(task->index, task->arg);
}

int tasks_call(size_t n, void *(*fn)(size_t index, void *arg),
               void *const args[], void *results[])
{
    struct task *tasks = NULL;
    size_t started = 0;
    int rc = 0;

    if (n > 0) {
        tasks = calloc(n, sizeof(*tasks));
        rc = tasks == NULL ? ENOMEM : 0;
    }

    while (rc == 0 && started < n) {
        struct task *task = &tasks[started];

        task->fn = fn;
        task->index = started;
        task->arg = args == NULL ? NULL : args[started];
        rc = pthread_create(&task->thread, NULL, run, task);
        if (rc == 0) {
            started++;
        }
    }

    for (size_t i = 0; i < n; i++) {
        void *result = NULL;

        if (i < started) {
            pthread_join(tasks[i].thread, &result);
        }
        if (results != NULL) {
            results[i] = result;
        }
    }
    free(tasks);
    return rc;
}

struct fill {
    size_t count;                        /* constant */
    long (*fn)(size_t index, void *arg); /* constant */
    void *arg;                           /* constant */
    long *results; /* each element belongs to who drew its index */

    volatile bool stop; /* the call has failed, do not go on */

    pthread_mutex_t lock; /* guards the field below */
    size_t next;          /* the first index not drawn yet */
};

static bool draw(struct fill *fill, size_t *out_index)
{
    bool drawn = false;

    pthread_mutex_lock(&fill->lock);
    if (fill->next < fill->count) {
        *out_index = fill->next++;
        drawn = true;
    }
    pthread_mutex_unlock(&fill->lock);
    return drawn;
}

static void *fill_some(void *record)
{
    struct fill *fill = record;
    size_t i = 0;

    while (!fill->stop && draw(fill, &i)) {
        fill->results[i] = fill->fn(i, fill->arg);
    }
    return NULL;
}

int tasks_fill(size_t n_threads, size_t count,
               long (*fn)(size_t index, void *arg), void *arg, long results[])
{
    struct fill fill = {
        .count = count,
        .fn = fn,
        .arg = arg,
        .results = results,
        .lock = PTHREAD_MUTEX_INITIALIZER,
    };
    pthread_t *threads = NULL;
    size_t started = 0;
    int rc = 0;

    if (n_threads == 0) {
        return EINVAL;
    }
    threads = calloc(n_threads, sizeof(*threads));
    if (threads == NULL) {
        return ENOMEM;
    }
    while (rc == 0 && started < n_threads) {
        rc = pthread_create(&threads[started], NULL, fill_some, &fill);
        if (rc == 0) {
            started++;
        } else {
            fill.stop = true; /* spare the others the work */
        }
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_mutex_destroy(&fill.lock);
    free(threads);
    return rc;
}
