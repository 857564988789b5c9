/* SPDX-License-Identifier: MIT */
/* Right: the threads, mutexes and conditions of C11. They are those of
 * pthreads under other names; only what a thread returns is an int. */
#include "pool.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <threads.h>

struct job {
    void (*run)(void *arg);
    void *arg;
    struct job *next;
};

struct pool {
    thrd_t *threads; /* used by create and destroy alone */
    size_t started;  /* how many of them there are; likewise */

    mtx_t lock;        /* guards every field below */
    cnd_t work;        /* signal: a job came; broadcast: closed */
    cnd_t idle;        /* broadcast: unfinished fell to 0 */
    struct job *first; /* the queue, oldest job first */
    struct job **end;  /* where the next job is to be hung */
    size_t unfinished; /* jobs in the queue and jobs running */
    bool closed;       /* goes true once, never back */
};

/* Take the oldest job, sleeping until there is one. Returns NULL when there
 * will never be one again. */
static struct job *take_locked(struct pool *p)
{
    struct job *job = NULL;

    while (p->first == NULL && !p->closed) {
        cnd_wait(&p->work, &p->lock);
    }
    job = p->first;
    if (job != NULL) {
        p->first = job->next;
        if (p->first == NULL) {
            p->end = &p->first;
        }
    }
    return job;
}

static int worker_main(void *arg)
{
    struct pool *p = arg;
    struct job *job = NULL;

    mtx_lock(&p->lock);
    while ((job = take_locked(p)) != NULL) {
        mtx_unlock(&p->lock);
        job->run(job->arg);
        free(job);
        mtx_lock(&p->lock);
        p->unfinished--;
        if (p->unfinished == 0) {
            cnd_broadcast(&p->idle);
        }
    }
    mtx_unlock(&p->lock);
    return 0;
}

struct pool *pool_create(size_t workers)
{
    struct pool *p = NULL;

    if (workers == 0) {
        return NULL;
    }
    p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return NULL;
    }
    p->threads = calloc(workers, sizeof(*p->threads));
    if (p->threads == NULL) {
        free(p);
        return NULL;
    }
    mtx_init(&p->lock, mtx_plain);
    cnd_init(&p->work);
    cnd_init(&p->idle);
    p->end = &p->first;
    /* All is set up before the first worker looks at it. */
    while (p->started < workers) {
        if (thrd_create(&p->threads[p->started], worker_main, p) !=
            thrd_success) {
            pool_destroy(p); /* ends and joins those that did start */
            return NULL;
        }
        p->started++;
    }
    return p;
}

int pool_submit(struct pool *p, void (*run)(void *arg), void *arg)
{
    struct job *job = malloc(sizeof(*job));
    int rc = 0;

    if (job == NULL) {
        return ENOMEM;
    }
    *job = (struct job){.run = run, .arg = arg, .next = NULL};
    mtx_lock(&p->lock);
    if (p->closed) {
        rc = ESHUTDOWN;
    } else {
        *p->end = job;
        p->end = &job->next;
        p->unfinished++;
        /* For every job, not only the first in an empty queue: two jobs are
         * work for two workers. */
        cnd_signal(&p->work);
    }
    mtx_unlock(&p->lock);
    if (rc != 0) {
        free(job);
    }
    return rc;
}

void pool_wait(struct pool *p)
{
    mtx_lock(&p->lock);
    while (p->unfinished > 0) {
        cnd_wait(&p->idle, &p->lock);
    }
    mtx_unlock(&p->lock);
}

void pool_close(struct pool *p)
{
    mtx_lock(&p->lock);
    p->closed = true;
    cnd_broadcast(&p->work);
    mtx_unlock(&p->lock);
}

void pool_destroy(struct pool *p)
{
    pool_close(p);
    /* Without the lock: the workers need it to end. */
    for (size_t i = 0; i < p->started; i++) {
        thrd_join(p->threads[i], NULL);
    }
    cnd_destroy(&p->idle);
    cnd_destroy(&p->work);
    mtx_destroy(&p->lock);
    free(p->threads);
    free(p);
}
