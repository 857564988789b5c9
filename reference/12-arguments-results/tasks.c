/* SPDX-License-Identifier: MIT */
/* tasks.c - give each thread its own argument, get its own result back.
 *
 * tasks_call: each thread has a record of its own for what goes in, and its
 * return value is what comes out. tasks_fill: one task per thread; thread k of
 * n works on the indexes k, k + n, k + 2n, ... and stores into the caller's
 * array.
 *
 * There is no lock, because there is nothing two threads touch at the same
 * time. Records do not change while their thread runs. Each place for a result
 * has one writer, and is read by others only after that writer was joined. */
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct task {
    pthread_t thread; /* for the caller of tasks_call only */

    /* Constant from the start of the thread to its end. */
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
    size_t started = 0; /* tasks[0 .. started - 1] have a thread */
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

    /* The join comes first and brings the result: there is no other moment
     * at which it is certain to be there. */
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

/* What the threads of one tasks_fill have in common; none of it changes. */
struct fill {
    size_t n_threads;
    size_t count;
    long (*fn)(size_t index, void *arg);
    void *arg;
    long *results; /* results[i] is written by thread i % n_threads only */
};

static void *fill_share(size_t thread_index, void *arg)
{
    const struct fill *fill = arg;

    for (size_t i = thread_index; i < fill->count; i += fill->n_threads) {
        fill->results[i] = fill->fn(i, fill->arg);
    }
    return NULL;
}

int tasks_fill(size_t n_threads, size_t count,
               long (*fn)(size_t index, void *arg), void *arg, long results[])
{
    struct fill fill = {n_threads, count, fn, arg, results};
    void **args = NULL;
    int rc = 0;

    if (n_threads == 0) {
        return EINVAL;
    }
    args = calloc(n_threads, sizeof(*args));
    if (args == NULL) {
        return ENOMEM;
    }
    for (size_t i = 0; i < n_threads; i++) {
        args[i] = &fill; /* shared, and nobody writes to it */
    }
    rc = tasks_call(n_threads, fill_share, args, NULL);
    free(args);
    return rc;
}
