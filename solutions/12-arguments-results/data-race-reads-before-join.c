/* SPDX-License-Identifier: MIT */
/* Wrong: after joining the last thread it reads the results of all, on the
 * theory that what starts last ends last; the others are joined later, and
 * have mostly ended by then. */
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct task {
    pthread_t thread;
    void *(*fn)(size_t index, void *arg);
    size_t index;
    void *arg;
    void *result; /* written by the thread, read after its join */
};

static void *run(void *record)
{
    struct task *task = record;

    task->result = task->fn(task->index, task->arg);
    return NULL;
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

    if (started > 0) {
        pthread_join(tasks[started - 1].thread, NULL);
    }
    for (size_t i = 0; i < n && results != NULL; i++) {
        results[i] = i < started ? tasks[i].result : NULL;
    }
    for (size_t i = 0; i + 1 < started; i++) {
        pthread_join(tasks[i].thread, NULL);
    }
    free(tasks);
    return rc;
}

struct fill {
    size_t n_threads;
    size_t count;
    long (*fn)(size_t index, void *arg);
    void *arg;
    long *results;
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
        args[i] = &fill;
    }
    rc = tasks_call(n_threads, fill_share, args, NULL);
    free(args);
    return rc;
}
