/* SPDX-License-Identifier: MIT */
/* Wrong: pthread_create returns its error number and leaves errno alone, so
 * what is reported here is some older error, or none; nobody notices until
 * a start fails. */
#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct worker {
    pthread_t thread;
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
    struct worker *workers = calloc(n + 1, sizeof(*workers));
    size_t started = 0;
    int rc = 0;

    if (workers == NULL) {
        return ENOMEM;
    }
    errno = 0;
    while (started < n) {
        struct worker *w = &workers[started];

        w->work = work;
        w->index = started;
        w->arg = arg;
        if (pthread_create(&w->thread, NULL, run, w) != 0) {
            rc = errno;
            break;
        }
        started++;
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    free(workers);
    if (out_started != NULL) {
        *out_started = started;
    }
    return rc;
}
