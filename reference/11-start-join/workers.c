/* SPDX-License-Identifier: MIT */
/* workers.c - start a group of threads and wait for all of them.
 *
 * Each worker has a record of its own. It is filled in before its thread is
 * started, never changed while the thread runs, and freed after the last
 * join, so no lock is needed: pthread_create shows the worker all that was
 * written before, and pthread_join shows us all that the worker wrote. */
#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct worker {
    pthread_t thread; /* for the caller of workers_run only */

    /* Constant from the start of the thread to its end. */
    void (*work)(size_t index, void *arg);
    size_t index;
    void *arg;
};

static void *run(void *record)
{
    const struct worker *w = record;

    w->work(w->index, w->arg);
    return NULL;
}

int workers_run(size_t n, void (*work)(size_t index, void *arg), void *arg,
                size_t *out_started)
{
    struct worker *workers = NULL;
    size_t started = 0; /* workers[0 .. started - 1] have a thread */
    int rc = 0;

    if (n > 0) {
        workers = calloc(n, sizeof(*workers));
        rc = workers == NULL ? ENOMEM : 0;
    }

    while (rc == 0 && started < n) {
        struct worker *w = &workers[started];

        w->work = work;
        w->index = started;
        w->arg = arg;
        rc = pthread_create(&w->thread, NULL, run, w);
        if (rc == 0) {
            started++;
        }
    }

    /* Good or bad, what has been started must be waited for. */
    for (size_t i = 0; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    free(workers); /* only now does no thread read it any more */

    if (out_started != NULL) {
        *out_started = started;
    }
    return rc;
}
