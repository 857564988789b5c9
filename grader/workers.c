/* SPDX-License-Identifier: MIT */
/* workers.c - see workers.h. */
#include "workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <talloc.h>

struct crew {
    void (*work)(void *ctx, size_t i);
    void *ctx;
    size_t count;
    atomic_size_t next;
};

static void *worker(void *arg)
{
    struct crew *c = arg;
    size_t i;

    while ((i = atomic_fetch_add(&c->next, 1)) < c->count) {
        c->work(c->ctx, i);
    }
    return NULL;
}

void workers_run(int threads, size_t count, void (*work)(void *ctx, size_t i),
                 void *ctx)
{
    struct crew crew = {.work = work, .ctx = ctx, .count = count};
    pthread_t *crowd = talloc_array(NULL, pthread_t, (unsigned)threads);
    int started = 0;

    while (started < threads &&
           pthread_create(&crowd[started], NULL, worker, &crew) == 0) {
        started++;
    }
    if (started == 0) {
        worker(&crew);
    }
    for (int i = 0; i < started; i++) {
        pthread_join(crowd[i], NULL);
    }
    talloc_free(crowd);
}
