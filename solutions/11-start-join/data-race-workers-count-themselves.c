/* SPDX-License-Identifier: MIT */
/* Wrong: each worker adds itself to the shared count of the started without
 * a lock; threads started one after the other rarely meet there, so the
 * count is nearly always right. */
#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct worker {
    pthread_t thread;
    void (*work)(size_t index, void *arg);
    size_t index;
    void *arg;
    size_t *started;
};

static void *run(void *record)
{
    const struct worker *w = record;

    ++*w->started;
    w->work(w->index, w->arg);
    return NULL;
}

int workers_run(size_t n, void (*work)(size_t index, void *arg), void *arg,
                size_t *out_started)
{
    struct worker *workers = calloc(n + 1, sizeof(*workers));
    size_t started = 0;
    size_t created = 0;
    int rc = workers == NULL ? ENOMEM : 0;

    while (rc == 0 && created < n) {
        struct worker *w = &workers[created];

        w->work = work;
        w->index = created;
        w->arg = arg;
        w->started = &started;
        rc = pthread_create(&w->thread, NULL, run, w);
        if (rc == 0) {
            created++;
        }
    }
    for (size_t i = 0; i < created; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    free(workers);
    if (out_started != NULL) {
        *out_started = started;
    }
    return rc;
}
