/* SPDX-License-Identifier: MIT */
/* Wrong: the loop that joins frees the box of each thread, and the loop
 * after it reads the result from that box; freed memory mostly keeps its
 * contents for a while. */
#include "tasks.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* Allocated for one thread, which finds its orders in it and leaves its result
 * there. */
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
    return NULL;
}

int tasks_call(size_t n, void *(*fn)(size_t index, void *arg),
               void *const args[], void *results[])
{
    pthread_t *threads = calloc(n + 1, sizeof(*threads)); /* never empty */
    struct box **boxes = calloc(n + 1, sizeof(*boxes));
    size_t started = 0;
    int rc = threads == NULL || boxes == NULL ? ENOMEM : 0;

    while (rc == 0 && started < n) {
        struct box *box = malloc(sizeof(*box));

        if (box == NULL) {
            rc = ENOMEM;
            break;
        }
        box->fn = fn;
        box->index = started;
        box->arg = args == NULL ? NULL : args[started];
        rc = pthread_create(&threads[started], NULL, run, box);
        if (rc == 0) {
            boxes[started++] = box;
        } else {
            free(box);
        }
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
        free(boxes[i]);
    }
    for (size_t i = 0; i < n && results != NULL; i++) {
        results[i] = i < started ? boxes[i]->result : NULL;
    }
    free(boxes);
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
