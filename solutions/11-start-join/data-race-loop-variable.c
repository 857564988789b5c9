/* SPDX-License-Identifier: MIT */
/* Wrong: every worker gets the address of the loop counter and reads it
 * while the loop goes on counting; a worker that is quick enough still
 * reads its own number. */
#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct job {
    void (*work)(size_t index, void *arg);
    const size_t *index;
    void *arg;
};

static void *run(void *record)
{
    const struct job *job = record;

    job->work(*job->index, job->arg);
    return NULL;
}

int workers_run(size_t n, void (*work)(size_t index, void *arg), void *arg,
                size_t *out_started)
{
    pthread_t *threads = calloc(n + 1, sizeof(*threads)); /* never empty */
    size_t started = 0;
    int rc = threads == NULL ? ENOMEM : 0;
    struct job job = {work, &started, arg};

    while (rc == 0 && started < n) {
        rc = pthread_create(&threads[started], NULL, run, &job);
        if (rc == 0) {
            started++;
        }
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    free(threads);
    if (out_started != NULL) {
        *out_started = started;
    }
    return rc;
}
