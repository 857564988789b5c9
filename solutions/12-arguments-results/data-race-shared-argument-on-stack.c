/* SPDX-License-Identifier: MIT */
/* Wrong: one local record serves all threads, filled in again for each start
 * while the thread before may still be reading it. The tests fail, but cannot
 * say why; clang's ThreadSanitizer does not watch the fields of a local struct
 * where it is in scope, so it takes Helgrind to see this one. */
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
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
    struct task shared = {0};
    size_t started = 0;
    int rc = 0;

    if (n > 0) {
        tasks = calloc(n, sizeof(*tasks));
        rc = tasks == NULL ? ENOMEM : 0;
    }

    while (rc == 0 && started < n) {
        shared.fn = fn;
        shared.index = started;
        shared.arg = args == NULL ? NULL : args[started];
        rc = pthread_create(&tasks[started].thread, NULL, run, &shared);
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
