/* SPDX-License-Identifier: MIT */
/* Right: every record lives in a stack frame that lasts until its thread is
 * joined; each thread of tasks_fill has its first index in its own record. */
#include "tasks.h"

#include <errno.h>
#include <pthread.h>

struct plan {
    size_t n;
    void *(*fn)(size_t index, void *arg);
    void *const *args;
    void **results;
};

struct task {
    const struct plan *plan;
    size_t index;
};

static void *run(void *record)
{
    const struct task *task = record;
    const struct plan *plan = task->plan;

    return plan->fn(task->index,
                    plan->args == NULL ? NULL : plan->args[task->index]);
}

/* Start task `index` and all after it, unless a start has failed already
 * (failed is its error), and join it. Returns the first error. */
static int call_from(const struct plan *plan, size_t index, int failed)
{
    struct task task = {plan, index};
    void *result = NULL;
    pthread_t thread;
    int rc = failed;

    if (index == plan->n) {
        return rc;
    }
    if (rc == 0) {
        rc = pthread_create(&thread, NULL, run, &task);
    }
    if (rc != 0) {
        rc = call_from(plan, index + 1, rc);
    } else {
        rc = call_from(plan, index + 1, 0);
        pthread_join(thread, &result);
    }
    if (plan->results != NULL) {
        plan->results[index] = result;
    }
    return rc;
}

int tasks_call(size_t n, void *(*fn)(size_t index, void *arg),
               void *const args[], void *results[])
{
    const struct plan plan = {n, fn, args, results};

    return call_from(&plan, 0, 0);
}

struct fill {
    size_t n_threads;
    size_t count;
    long (*fn)(size_t index, void *arg);
    void *arg;
    long *results;
};

struct filler {
    const struct fill *fill;
    size_t first;
};

static void *fill_share(void *record)
{
    const struct filler *filler = record;
    const struct fill *fill = filler->fill;

    for (size_t i = filler->first; i < fill->count; i += fill->n_threads) {
        fill->results[i] = fill->fn(i, fill->arg);
    }
    return NULL;
}

static int fill_from(const struct fill *fill, size_t first)
{
    struct filler filler = {fill, first};
    pthread_t thread;
    int rc = 0;

    if (first == fill->n_threads) {
        return 0;
    }
    rc = pthread_create(&thread, NULL, fill_share, &filler);
    if (rc != 0) {
        return rc;
    }
    rc = fill_from(fill, first + 1);
    pthread_join(thread, NULL);
    return rc;
}

int tasks_fill(size_t n_threads, size_t count,
               long (*fn)(size_t index, void *arg), void *arg, long results[])
{
    const struct fill fill = {n_threads, count, fn, arg, results};

    return n_threads == 0 ? EINVAL : fill_from(&fill, 0);
}
