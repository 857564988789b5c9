/* SPDX-License-Identifier: MIT */
/* Right: no worker begins before the last start was tried; the gate opens
 * for all of them, and it opens after a failure, too. */
#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct gate {
    pthread_mutex_t lock;  /* guards the field below */
    pthread_cond_t opened; /* broadcast: open became true */
    bool open;
};

struct worker {
    pthread_t thread;
    struct gate *gate;
    void (*work)(size_t index, void *arg);
    size_t index;
    void *arg;
};

static void *run(void *record)
{
    const struct worker *w = record;

    pthread_mutex_lock(&w->gate->lock);
    while (!w->gate->open) {
        pthread_cond_wait(&w->gate->opened, &w->gate->lock);
    }
    pthread_mutex_unlock(&w->gate->lock);

    w->work(w->index, w->arg);
    return NULL;
}

int workers_run(size_t n, void (*work)(size_t index, void *arg), void *arg,
                size_t *out_started)
{
    struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER,
                        false};
    struct worker *workers = calloc(n + 1, sizeof(*workers));
    size_t started = 0;
    int rc = workers == NULL ? ENOMEM : 0;

    while (rc == 0 && started < n) {
        workers[started].gate = &gate;
        workers[started].work = work;
        workers[started].index = started;
        workers[started].arg = arg;
        rc = pthread_create(&workers[started].thread, NULL, run,
                            &workers[started]);
        if (rc == 0) {
            started++;
        }
    }

    pthread_mutex_lock(&gate.lock);
    gate.open = true;
    pthread_cond_broadcast(&gate.opened);
    pthread_mutex_unlock(&gate.lock);

    for (size_t i = 0; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    pthread_cond_destroy(&gate.opened);
    pthread_mutex_destroy(&gate.lock);
    free(workers);
    if (out_started != NULL) {
        *out_started = started;
    }
    return rc;
}
