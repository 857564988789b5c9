/* SPDX-License-Identifier: MIT */
/* Wrong: work is declared the way pthread_create likes it instead of the
 * way workers.h promises, so the definition conflicts with its declaration. */
#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

int workers_run(size_t n, void *(*work)(void *arg), void *arg,
                size_t *out_started)
{
    pthread_t *threads = calloc(n + 1, sizeof(*threads)); /* never empty */
    size_t started = 0;
    int rc = threads == NULL ? ENOMEM : 0;

    while (rc == 0 && started < n) {
        rc = pthread_create(&threads[started], NULL, work, arg);
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
