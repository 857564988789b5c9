/* SPDX-License-Identifier: MIT */
/* Right: each record lives in a stack frame that lasts until its thread is
 * joined, so there is nothing to allocate and no way out without the join. */
#include "workers.h"

#include <pthread.h>

struct plan {
    size_t n;
    void (*work)(size_t index, void *arg);
    void *arg;
};

struct worker {
    const struct plan *plan;
    size_t index;
};

static void *run(void *record)
{
    const struct worker *w = record;

    w->plan->work(w->index, w->plan->arg);
    return NULL;
}

/* Start worker `index`, then all after it, then join worker `index`. */
static int run_from(const struct plan *plan, size_t index, size_t *started)
{
    struct worker self = {plan, index};
    pthread_t thread;
    int rc = 0;

    if (index == plan->n) {
        return 0;
    }
    rc = pthread_create(&thread, NULL, run, &self);
    if (rc != 0) {
        return rc;
    }
    ++*started;
    rc = run_from(plan, index + 1, started);
    pthread_join(thread, NULL);
    return rc;
}

int workers_run(size_t n, void (*work)(size_t index, void *arg), void *arg,
                size_t *out_started)
{
    const struct plan plan = {n, work, arg};
    size_t started = 0;
    int rc = run_from(&plan, 0, &started);

    if (out_started != NULL) {
        *out_started = started;
    }
    return rc;
}
