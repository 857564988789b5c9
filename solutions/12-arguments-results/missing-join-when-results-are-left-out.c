/* SPDX-License-Identifier: MIT */
/* Wrong: threads are joined only to fetch their results, so when the caller
 * wants none nobody joins them; they run all the same, and mostly in time. */
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* The record belongs to the thread, which frees it. */
struct task {
    void *(*fn)(size_t index, void *arg);
    size_t index;
    void *arg;
};

static void *run(void *record)
{
    struct task *task = record;
    void *result = task->fn(task->index, task->arg);

    free(task);
    return result;
}

static int start(pthread_t *thread, void *(*fn)(size_t index, void *arg),
                 size_t index, void *arg)
{
    struct task *task = malloc(sizeof(*task));
    int rc = 0;

    if (task == NULL) {
        return ENOMEM;
    }
    task->fn = fn;
    task->index = index;
    task->arg = arg;
    rc = pthread_create(thread, NULL, run, task);
    if (rc != 0) {
        free(task);
    }
    return rc;
}

int tasks_call(size_t n, void *(*fn)(size_t index, void *arg),
               void *const args[], void *results[])
{
    pthread_t *threads = calloc(n + 1, sizeof(*threads)); /* never empty */
    size_t started = 0;
    int rc = threads == NULL ? ENOMEM : 0;

    while (rc == 0 && started < n) {
        rc = start(&threads[started], fn, started,
                   args == NULL ? NULL : args[started]);
        if (rc == 0) {
            started++;
        }
    }
    for (size_t i = 0; i < n && results != NULL; i++) {
        results[i] = NULL;
        if (i < started) {
            pthread_join(threads[i], &results[i]);
        }
    }
    free(threads);
    return rc;
}

struct share {
    size_t begin; /* the thread works on begin .. end - 1 */
    size_t end;
    long (*fn)(size_t index, void *arg);
    void *arg;
    long *results;
};

static void *fill_share(size_t index, void *arg)
{
    const struct share *share = arg;

    (void)index;
    for (size_t i = share->begin; i < share->end; i++) {
        share->results[i] = share->fn(i, share->arg);
    }
    return NULL;
}

int tasks_fill(size_t n_threads, size_t count,
               long (*fn)(size_t index, void *arg), void *arg, long results[])
{
    struct share *shares = NULL;
    void **args = NULL;
    void **nothing = NULL;
    size_t begin = 0;
    int rc = ENOMEM;

    if (n_threads == 0) {
        return EINVAL;
    }
    shares = calloc(n_threads, sizeof(*shares));
    args = calloc(n_threads, sizeof(*args));
    nothing = calloc(n_threads, sizeof(*nothing));
    if (shares == NULL || args == NULL || nothing == NULL) {
        goto out;
    }
    for (size_t k = 0; k < n_threads; k++) {
        /* The first count % n_threads threads take one more. */
        size_t size = count / n_threads + (k < count % n_threads ? 1 : 0);

        shares[k].begin = begin;
        shares[k].end = begin + size;
        shares[k].fn = fn;
        shares[k].arg = arg;
        shares[k].results = results;
        args[k] = &shares[k];
        begin += size;
    }
    rc = tasks_call(n_threads, fill_share, args, nothing);
out:
    free(nothing);
    free(args);
    free(shares);
    return rc;
}
