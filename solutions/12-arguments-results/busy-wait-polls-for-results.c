/* SPDX-License-Identifier: MIT */
/* Wrong: the caller asks each task again and again whether it is done,
 * burning a processor that the task could use, and joins only then; every
 * lock is held and every answer is right. */
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>

struct task {
    pthread_t thread;
    void *(*fn)(size_t index, void *arg);
    size_t index;
    void *arg;
    pthread_mutex_t lock; /* guards the fields below */
    bool done;
    void *result;
};

static void *run(void *record)
{
    struct task *task = record;
    void *result = task->fn(task->index, task->arg);

    pthread_mutex_lock(&task->lock);
    task->result = result;
    task->done = true;
    pthread_mutex_unlock(&task->lock);
    return NULL;
}

static bool is_done(struct task *task, void **out_result)
{
    bool done = false;

    pthread_mutex_lock(&task->lock);
    done = task->done;
    *out_result = task->result;
    pthread_mutex_unlock(&task->lock);
    return done;
}

int tasks_call(size_t n, void *(*fn)(size_t index, void *arg),
               void *const args[], void *results[])
{
    struct task *tasks = NULL;
    size_t started = 0;
    size_t prepared = 0; /* tasks with a lock; one more than started, maybe */
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
        pthread_mutex_init(&task->lock, NULL);
        prepared++;
        rc = pthread_create(&task->thread, NULL, run, task);
        if (rc == 0) {
            started++;
        }
    }

    for (size_t i = 0; i < n; i++) {
        void *result = NULL;

        if (i < started) {
            while (!is_done(&tasks[i], &result)) {
                sched_yield();
            }
            pthread_join(tasks[i].thread, NULL);
        }
        if (results != NULL) {
            results[i] = result;
        }
    }
    for (size_t i = 0; i < prepared; i++) {
        pthread_mutex_destroy(&tasks[i].lock);
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
