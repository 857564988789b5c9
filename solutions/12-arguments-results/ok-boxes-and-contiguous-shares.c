/* SPDX-License-Identifier: MIT */
/* Right: a box on the heap carries orders in and the result out, and its
 * ownership with it: maker, thread, joiner. tasks_fill gives each thread
 * one contiguous share. */
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* Allocated for one thread, which finds its orders in it and returns it with
 * the result. */
struct box {
    void *(*fn)(size_t index, void *arg);
    size_t index;
    void *arg;
    void *result;
};

static void *run(void *record)
{
    struct box *box = record;

    box->result = box->fn(box->index, box->arg);
    return box;
}

static int start(pthread_t *thread, void *(*fn)(size_t index, void *arg),
                 size_t index, void *arg)
{
    struct box *box = malloc(sizeof(*box));
    int rc = 0;

    if (box == NULL) {
        return ENOMEM;
    }
    box->fn = fn;
    box->index = index;
    box->arg = arg;
    rc = pthread_create(thread, NULL, run, box);
    if (rc != 0) {
        free(box);
    }
    return rc;
}

static void *finish(pthread_t thread)
{
    void *value = NULL;
    struct box *box = NULL;
    void *result = NULL;

    pthread_join(thread, &value);
    box = value;
    result = box->result;
    free(box);
    return result;
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
    for (size_t i = 0; i < n; i++) {
        void *result = i < started ? finish(threads[i]) : NULL;

        if (results != NULL) {
            results[i] = result;
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
    size_t begin = 0;
    int rc = ENOMEM;

    if (n_threads == 0) {
        return EINVAL;
    }
    shares = calloc(n_threads, sizeof(*shares));
    args = calloc(n_threads, sizeof(*args));
    if (shares == NULL || args == NULL) {
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
    rc = tasks_call(n_threads, fill_share, args, NULL);
out:
    free(args);
    free(shares);
    return rc;
}
