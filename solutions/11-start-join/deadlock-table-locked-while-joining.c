/* SPDX-License-Identifier: MIT */
/* Wrong: the static table is locked for the whole call, joins included; a
 * worker that calls workers_run waits for the lock, and the holder of the
 * lock waits for that worker. Calls that do not nest never meet this. */
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

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct job jobs[MAX_JOBS]; /* one call owns it, by the lock */

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

    pthread_mutex_lock(&table_lock);
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
    pthread_mutex_unlock(&table_lock);
    if (out_started != NULL) {
        *out_started = started;
    }
    return rc;
}
