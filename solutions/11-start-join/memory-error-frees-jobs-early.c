/* SPDX-License-Identifier: MIT */
/* Wrong: the jobs are freed when the last thread has been started, though
 * it may not have read its job yet; freed memory mostly keeps its contents
 * long enough. */
#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct job {
    size_t index;
    void *arg;
    void (*work)(size_t index, void *arg);
};

struct plan {
    size_t n;
    size_t started;
    struct job jobs[];
};

static void *run(void *record)
{
    const struct job *job = record;

    job->work(job->index, job->arg);
    return NULL;
}

int workers_run(size_t n, void (*work)(size_t index, void *arg), void *arg,
                size_t *out_started)
{
    struct plan *plan = malloc(sizeof(*plan) + n * sizeof(plan->jobs[0]));
    pthread_t *threads = calloc(n + 1, sizeof(*threads));
    size_t started = 0;
    int rc = plan == NULL || threads == NULL ? ENOMEM : 0;

    if (plan != NULL) {
        plan->n = n;
        plan->started = 0;
    }
    while (rc == 0 && plan->started < plan->n) {
        struct job *job = &plan->jobs[plan->started];

        job->index = plan->started;
        job->arg = arg;
        job->work = work;
        rc = pthread_create(&threads[plan->started], NULL, run, job);
        if (rc == 0) {
            plan->started++;
        }
    }
    started = plan == NULL ? 0 : plan->started;
    free(plan);
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    free(threads);
    if (out_started != NULL) {
        *out_started = started;
    }
    return rc;
}
