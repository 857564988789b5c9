/* SPDX-License-Identifier: MIT */
/* Wrong: the workers draw their index from a shared counter without a lock;
 * two that draw at the same moment get the same index, but each usually has
 * drawn before the next is even started. */
#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct group {
    void (*work)(size_t index, void *arg); /* constant */
    void *arg;                             /* constant */
    size_t next_index;
};

static void *run(void *record)
{
    struct group *group = record;
    size_t index = group->next_index++;

    group->work(index, group->arg);
    return NULL;
}

int workers_run(size_t n, void (*work)(size_t index, void *arg), void *arg,
                size_t *out_started)
{
    struct group group = {work, arg, 0};
    pthread_t *threads = calloc(n + 1, sizeof(*threads)); /* never empty */
    size_t started = 0;
    int rc = threads == NULL ? ENOMEM : 0;

    while (rc == 0 && started < n) {
        rc = pthread_create(&threads[started], NULL, run, &group);
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
