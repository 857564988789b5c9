/* SPDX-License-Identifier: MIT */
/* Wrong: the count is stored through out_started even when the caller left
 * it out and passed NULL, as the contract allows. */
#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct job {
    void (*work)(size_t index, void *arg);
    size_t index;
    void *arg;
};

/* The job belongs to the thread, which frees it. */
static void *run(void *record)
{
    struct job *job = record;

    job->work(job->index, job->arg);
    free(job);
    return NULL;
}

static int start(pthread_t *thread, size_t index,
                 void (*work)(size_t index, void *arg), void *arg)
{
    struct job *job = malloc(sizeof(*job));
    int rc = 0;

    if (job == NULL) {
        return ENOMEM;
    }
    job->work = work;
    job->index = index;
    job->arg = arg;
    rc = pthread_create(thread, NULL, run, job);
    if (rc != 0) {
        free(job); /* no thread took it */
    }
    return rc;
}

int workers_run(size_t n, void (*work)(size_t index, void *arg), void *arg,
                size_t *out_started)
{
    pthread_t *threads = calloc(n + 1, sizeof(*threads)); /* never empty */
    size_t started = 0;
    int rc = threads == NULL ? ENOMEM : 0;

    while (rc == 0 && started < n) {
        rc = start(&threads[started], started, work, arg);
        if (rc == 0) {
            started++;
        }
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    free(threads);
    *out_started = started;
    return rc;
}
