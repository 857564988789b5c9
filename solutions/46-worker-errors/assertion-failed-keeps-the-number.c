/* SPDX-License-Identifier: MIT */
/* Wrong: whoever returns the error sets it to 0, but the number of its job is
 * left, and errors of jobs with a higher one are not kept. After the first that
 * was returned, all have. Seen only by who waits once more. */
#include "crew.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "jobs.h"

struct crew {
    void (*hook)(void *job_arg, int error, void *hook_arg); /* constant */
    void *hook_arg;                                         /* likewise */
    pthread_t *threads; /* used by create and destroy alone */
    size_t started;     /* how many of them there are; likewise */
    struct jobs queue;  /* guards itself */

    pthread_mutex_t hook_lock; /* held during a hook; before `lock`, if both */

    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t idle;  /* broadcast: unfinished fell to 0 */
    size_t unfinished;    /* jobs in the queue and jobs running */
    int error;            /* not returned yet, or 0 ... */
    size_t error_number; /* ... and the number of its job; at first, SIZE_MAX */
};

static void call_hook(struct crew *c, void *job_arg, int error)
{
    if (c->hook != NULL) {
        pthread_mutex_lock(&c->hook_lock);
        c->hook(job_arg, error, c->hook_arg);
        pthread_mutex_unlock(&c->hook_lock);
    }
}

/* Of all errors, keep that of the job that was submitted first. */
static void keep_error_locked(struct crew *c, size_t number, int error)
{
    if (number < c->error_number) {
        c->error = error;
        c->error_number = number;
    }
}

static void end_job(struct crew *c, const struct job *job, int error)
{
    pthread_mutex_lock(&c->lock);
    if (error != 0) {
        keep_error_locked(c, job->number, error);
    }
    c->unfinished--;
    if (c->unfinished == 0) {
        pthread_cond_broadcast(&c->idle);
    }
    pthread_mutex_unlock(&c->lock);
}

static void *worker_main(void *arg)
{
    struct crew *c = arg;
    struct job *job = NULL;

    while ((job = jobs_get(&c->queue)) != NULL) {
        int error = 0;

        if (job->run(job->arg) != 0) {
            error = errno; /* this thread's; now, or it may be another */
            call_hook(c, job->arg, error);
        }
        end_job(c, job, error);
        free(job);
    }
    return NULL;
}

struct crew *crew_create(size_t workers,
                         void (*hook)(void *job_arg, int error, void *hook_arg),
                         void *hook_arg)
{
    struct crew *c = NULL;

    if (workers == 0) {
        return NULL;
    }
    c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return NULL;
    }
    c->threads = calloc(workers, sizeof(*c->threads));
    if (c->threads == NULL) {
        free(c);
        return NULL;
    }
    c->hook = hook;
    c->hook_arg = hook_arg;
    c->error_number = SIZE_MAX;
    jobs_init(&c->queue);
    pthread_mutex_init(&c->hook_lock, NULL);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->idle, NULL);
    /* All is set up before the first worker looks at it. */
    while (c->started < workers) {
        if (pthread_create(&c->threads[c->started], NULL, worker_main, c) !=
            0) {
            crew_destroy(c); /* ends and joins those that did start */
            return NULL;
        }
        c->started++;
    }
    return c;
}

int crew_submit(struct crew *c, int (*job)(void *arg), void *arg)
{
    struct job *j = calloc(1, sizeof(*j));

    if (j == NULL) {
        return ENOMEM;
    }
    j->run = job;
    j->arg = arg;
    /* Counted before it is in the queue: a worker may be quick. */
    pthread_mutex_lock(&c->lock);
    c->unfinished++;
    pthread_mutex_unlock(&c->lock);
    jobs_put(&c->queue, j);
    return 0;
}

int crew_wait(struct crew *c)
{
    int error = 0;

    pthread_mutex_lock(&c->lock);
    while (c->unfinished > 0) {
        pthread_cond_wait(&c->idle, &c->lock);
    }
    error = c->error;
    c->error = 0;
    pthread_mutex_unlock(&c->lock);
    return error;
}

int crew_destroy(struct crew *c)
{
    int error = crew_wait(c); /* jobs may still submit jobs until then */

    jobs_close(&c->queue);
    for (size_t i = 0; i < c->started; i++) {
        pthread_join(c->threads[i], NULL);
    }
    pthread_cond_destroy(&c->idle);
    pthread_mutex_destroy(&c->lock);
    pthread_mutex_destroy(&c->hook_lock);
    jobs_destroy(&c->queue);
    free(c->threads);
    free(c);
    return error;
}
