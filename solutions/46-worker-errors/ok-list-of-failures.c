/* SPDX-License-Identifier: MIT */
/* Right: all failures are kept, each in a node, the one submitted first in
 * front; crew_wait takes the whole list and returns what is in its first node.
 * The node is the job itself, so keeping an error cannot fail for want of
 * memory. */
#include "crew.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "jobs.h"

/* A job, and what became of it. The job comes first, so that a pointer to it
 * is one to the whole. */
struct failure {
    struct job job;
    int error;
};

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
    struct job *failures; /* not returned yet, the lowest number first */
};

static void call_hook(struct crew *c, void *job_arg, int error)
{
    if (c->hook != NULL) {
        pthread_mutex_lock(&c->hook_lock);
        c->hook(job_arg, error, c->hook_arg);
        pthread_mutex_unlock(&c->hook_lock);
    }
}

/* Jobs are numbered as they are submitted: keep the list in that order. */
static void keep_failure_locked(struct crew *c, struct failure *failure)
{
    struct job **link = &c->failures;

    while (*link != NULL && (*link)->number < failure->job.number) {
        link = &(*link)->next;
    }
    failure->job.next = *link;
    *link = &failure->job;
}

static void end_job(struct crew *c, struct job *job, int error)
{
    pthread_mutex_lock(&c->lock);
    if (error != 0) {
        struct failure *failure = (struct failure *)job;

        failure->error = error;
        keep_failure_locked(c, failure);
    } else {
        free(job);
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
    struct failure *f = calloc(1, sizeof(*f));

    if (f == NULL) {
        return ENOMEM;
    }
    f->job.run = job;
    f->job.arg = arg;
    /* Counted before it is in the queue: a worker may be quick. */
    pthread_mutex_lock(&c->lock);
    c->unfinished++;
    pthread_mutex_unlock(&c->lock);
    jobs_put(&c->queue, &f->job);
    return 0;
}

int crew_wait(struct crew *c)
{
    struct job *failures = NULL;
    int error = 0;

    pthread_mutex_lock(&c->lock);
    while (c->unfinished > 0) {
        pthread_cond_wait(&c->idle, &c->lock);
    }
    failures = c->failures;
    c->failures = NULL;
    pthread_mutex_unlock(&c->lock);
    if (failures != NULL) {
        error = ((struct failure *)failures)->error;
    }
    while (failures != NULL) {
        struct job *next = failures->next;

        free(failures);
        failures = next;
    }
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
