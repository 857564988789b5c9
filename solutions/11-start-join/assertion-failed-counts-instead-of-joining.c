/* SPDX-License-Identifier: MIT */
/* Wrong: the threads are detached and count themselves out, and nobody joins.
 * When the count is 0 the last work has returned, but its thread has not ended:
 * destructors of thread-specific data may still run. Mostly it is fast enough.
 */
#include "workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* On the stack of the caller, who stays until nobody needs it. */
struct group {
    void (*work)(size_t index, void *arg); /* constant, as is arg */
    void *arg;

    pthread_mutex_t lock; /* guards running */
    pthread_cond_t left;  /* signalled: running fell */
    size_t running;
};

struct job {
    struct group *group;
    size_t index;
};

static void change_running(struct group *g, int delta)
{
    pthread_mutex_lock(&g->lock);
    g->running += (size_t)delta;
    pthread_cond_signal(&g->left);
    pthread_mutex_unlock(&g->lock);
}

static void *run(void *arg)
{
    struct job job = *(struct job *)arg;

    free(arg);
    job.group->work(job.index, job.group->arg);
    change_running(job.group, -1);
    return NULL;
}

/* Returns 0, ENOMEM or the error of pthread_create. */
static int start_job(struct group *g, size_t index)
{
    struct job *job = malloc(sizeof(*job));
    pthread_t thread;
    int rc = 0;

    if (job == NULL) {
        return ENOMEM;
    }
    *job = (struct job){.group = g, .index = index};
    change_running(g, 1);
    rc = pthread_create(&thread, NULL, run, job);
    if (rc != 0) {
        change_running(g, -1);
        free(job);
        return rc;
    }
    pthread_detach(thread);
    return 0;
}

static void wait_for_all(struct group *g)
{
    pthread_mutex_lock(&g->lock);
    while (g->running > 0) {
        pthread_cond_wait(&g->left, &g->lock);
    }
    pthread_mutex_unlock(&g->lock);
}

int workers_run(size_t n, void (*work)(size_t index, void *arg), void *arg,
                size_t *out_started)
{
    struct group g = {.work = work, .arg = arg};
    size_t started = 0;
    int rc = 0;

    pthread_mutex_init(&g.lock, NULL);
    pthread_cond_init(&g.left, NULL);
    while (rc == 0 && started < n) {
        rc = start_job(&g, started);
        if (rc == 0) {
            started++;
        }
    }
    wait_for_all(&g);
    pthread_cond_destroy(&g.left);
    pthread_mutex_destroy(&g.lock);
    if (out_started != NULL) {
        *out_started = started;
    }
    return rc;
}
