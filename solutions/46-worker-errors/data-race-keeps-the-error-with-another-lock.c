/* SPDX-License-Identifier: MIT */
/* Wrong: workers keep the error while they have the turn, crew_wait takes it
 * with the mutex, once the atomic count is 0. But the count may rise again
 * before it has: a job that was just submitted fails, and its worker writes
 * the error that crew_wait is reading. */
#include "crew.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "jobs.h"

struct crew {
    void (*hook)(void *job_arg, int error, void *hook_arg); /* constant */
    void *hook_arg;                                         /* likewise */
    pthread_t *threads; /* used by create and destroy alone */
    size_t started;     /* how many of them there are; likewise */
    struct jobs queue;  /* guards itself */

    pthread_mutex_t lock;     /* for those who wait */
    pthread_cond_t idle;      /* broadcast: unfinished fell to 0 */
    atomic_size_t unfinished; /* jobs in the queue and jobs running */

    /* Of whoever has the turn, or sees that unfinished is 0. */
    sem_t turn;          /* 1 if nobody has it */
    int error;           /* not returned yet, or 0 ... */
    size_t error_number; /* ... and the number of its job */
};

/* Of all errors, keep that of the job that was submitted first. */
static void keep_error(struct crew *c, size_t number, int error)
{
    if (c->error == 0 || number < c->error_number) {
        c->error = error;
        c->error_number = number;
    }
}

static void report(struct crew *c, const struct job *job, int error)
{
    while (sem_wait(&c->turn) != 0) {
        /* a signal came; wait on */
    }
    keep_error(c, job->number, error);
    if (c->hook != NULL) {
        c->hook(job->arg, error, c->hook_arg);
    }
    sem_post(&c->turn);
}

static void end_job(struct crew *c)
{
    if (atomic_fetch_sub(&c->unfinished, 1) == 1) {
        pthread_mutex_lock(&c->lock);
        pthread_cond_broadcast(&c->idle);
        pthread_mutex_unlock(&c->lock);
    }
}

static void *worker_main(void *arg)
{
    struct crew *c = arg;
    struct job *job = NULL;

    while ((job = jobs_get(&c->queue)) != NULL) {
        if (job->run(job->arg) != 0) {
            report(c, job, errno); /* this thread's; now */
        }
        free(job);
        end_job(c);
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
    jobs_init(&c->queue);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->idle, NULL);
    sem_init(&c->turn, 0, 1);
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
    atomic_fetch_add(&c->unfinished, 1);
    jobs_put(&c->queue, j);
    return 0;
}

int crew_wait(struct crew *c)
{
    int error = 0;

    pthread_mutex_lock(&c->lock);
    while (atomic_load(&c->unfinished) > 0) {
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
    sem_destroy(&c->turn);
    pthread_cond_destroy(&c->idle);
    pthread_mutex_destroy(&c->lock);
    jobs_destroy(&c->queue);
    free(c->threads);
    free(c);
    return error;
}
