/* SPDX-License-Identifier: MIT */
/* Right: each thread leaves its result in its own record, which is read
 * after the join; the threads of tasks_fill draw their indexes from one
 * counter under a lock. */
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

    for (size_t i = 0; i < started; i++) {
        pthread_join(tasks[i].thread, NULL);
    }
    for (size_t i = 0; i < n && results != NULL; i++) {
        results[i] = i < started ? tasks[i].result : NULL;
    }
    free(tasks);
    return rc;
}

struct fill {
    size_t count;                        /* constant */
    long (*fn)(size_t index, void *arg); /* constant */
    void *arg;                           /* constant */
    long *results; /* each element belongs to who drew its index */

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

    while (draw(fill, &i)) {
        fill->results[i] = fill->fn(i, fill->arg);
    }
    return NULL;
}

int tasks_fill(size_t n_threads, size_t count,
               long (*fn)(size_t index, void *arg), void *arg, long results[])
{
    struct fill fill = {count, fn, arg, results, PTHREAD_MUTEX_INITIALIZER, 0};
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
        }
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_mutex_destroy(&fill.lock);
    free(threads);
    return rc;
}
