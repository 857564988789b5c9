/* SPDX-License-Identifier: MIT */
/* Wrong: the table of jobs is static, so calls that overlap fill in the
 * same entries while threads read them; one call at a time never shows it. */
#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define MAX_JOBS 64

struct job {
    void (*work)(size_t index, void *arg);
    size_t index;
    void *arg;
};

static struct job jobs[MAX_JOBS];

static void *run(void *record)
{
    const struct job *job = record;

    job->work(job->index, job->arg);
    return NULL;
}

int workers_run(size_t n, void (*work)(size_t index, void *arg), void *arg,
                size_t *out_started)
{
    pthread_t threads[MAX_JOBS];
    size_t started = 0;
    int rc = n > MAX_JOBS ? ENOMEM : 0;

    while (rc == 0 && started < n) {
        jobs[started].work = work;
        jobs[started].index = started;
        jobs[started].arg = arg;
        rc = pthread_create(&threads[started], NULL, run, &jobs[started]);
        if (rc == 0) {
            started++;
        }
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    if (out_started != NULL) {
        *out_started = started;
    }
    return rc;
}
