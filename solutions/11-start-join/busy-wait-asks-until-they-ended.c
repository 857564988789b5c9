/* SPDX-License-Identifier: MIT */
/* Wrong: before it joins, the caller asks again and again whether all workers
 * have ended, and keeps a processor busy with asking; every answer is right,
 * so no assertion can tell. */
#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

struct group {
    void (*work)(size_t index, void *arg); /* constant */
    void *arg;                             /* constant */

    pthread_mutex_t lock; /* guards the fields below */
    size_t next_index;
    size_t ended;
};

static void *run(void *record)
{
    struct group *group = record;
    size_t index = 0;

    pthread_mutex_lock(&group->lock);
    index = group->next_index++;
    pthread_mutex_unlock(&group->lock);

    group->work(index, group->arg);

    pthread_mutex_lock(&group->lock);
    group->ended++;
    pthread_mutex_unlock(&group->lock);
    return NULL;
}

static size_t count_ended(struct group *group)
{
    size_t ended = 0;

    pthread_mutex_lock(&group->lock);
    ended = group->ended;
    pthread_mutex_unlock(&group->lock);
    return ended;
}

int workers_run(size_t n, void (*work)(size_t index, void *arg), void *arg,
                size_t *out_started)
{
    struct group group = {work, arg, PTHREAD_MUTEX_INITIALIZER, 0, 0};
    pthread_t *threads = calloc(n + 1, sizeof(*threads)); /* never empty */
    size_t started = 0;
    int rc = threads == NULL ? ENOMEM : 0;

    while (rc == 0 && started < n) {
        rc = pthread_create(&threads[started], NULL, run, &group);
        if (rc == 0) {
            started++;
        }
    }
    while (count_ended(&group) < started) {
        sched_yield();
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_mutex_destroy(&group.lock);
    free(threads);
    if (out_started != NULL) {
        *out_started = started;
    }
    return rc;
}
