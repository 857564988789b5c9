/* SPDX-License-Identifier: MIT */
/* Wrong: detaches the workers and lets them count themselves out; pool_destroy
 * waits until the count is 0 and frees the pool. The last one unlocks and then
 * tells it, with a condition variable that may be gone by then. Only a join
 * knows that a thread has ended. */
#include "pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct job {
    void (*run)(void *arg);
    void *arg;
    struct job *next;
};

struct pool {
    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t work;  /* signal: a job came; broadcast: closed */
    pthread_cond_t idle;  /* broadcast: unfinished fell to 0 */
    struct job *first;    /* the queue, oldest job first */
    struct job **end;     /* where the next job is to be hung */
    size_t unfinished;    /* jobs in the queue and jobs running */
    size_t alive;         /* workers that have not ended */
    pthread_cond_t gone;  /* broadcast: alive fell to 0 */
    bool closed;          /* goes true once, never back */
};

/* Take the oldest job, sleeping until there is one. Returns NULL when there
 * will never be one again. */
static struct job *take_locked(struct pool *p)
{
    struct job *job = NULL;

    while (p->first == NULL && !p->closed) {
        pthread_cond_wait(&p->work, &p->lock);
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

static void *worker_main(void *arg)
{
    struct pool *p = arg;
    struct job *job = NULL;
    bool last = false;

    pthread_mutex_lock(&p->lock);
    while ((job = take_locked(p)) != NULL) {
        pthread_mutex_unlock(&p->lock);
        job->run(job->arg);
        free(job);
        pthread_mutex_lock(&p->lock);
        p->unfinished--;
        if (p->unfinished == 0) {
            pthread_cond_broadcast(&p->idle);
        }
    }
    p->alive--;
    last = p->alive == 0;
    pthread_mutex_unlock(&p->lock);
    if (last) {
        pthread_cond_broadcast(&p->gone);
    }
    return NULL;
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
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->idle, NULL);
    pthread_cond_init(&p->gone, NULL);
    p->end = &p->first;
    for (size_t i = 0; i < workers; i++) {
        pthread_t thread;

        pthread_mutex_lock(&p->lock);
        p->alive++;
        pthread_mutex_unlock(&p->lock);
        if (pthread_create(&thread, NULL, worker_main, p) != 0) {
            pthread_mutex_lock(&p->lock);
            p->alive--;
            pthread_mutex_unlock(&p->lock);
            pool_destroy(p);
            return NULL;
        }
        pthread_detach(thread);
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
    pthread_mutex_lock(&p->lock);
    if (p->closed) {
        rc = ESHUTDOWN;
    } else {
        *p->end = job;
        p->end = &job->next;
        p->unfinished++;
        /* For every job, not only the first in an empty queue: two jobs are
         * work for two workers. */
        pthread_cond_signal(&p->work);
    }
    pthread_mutex_unlock(&p->lock);
    if (rc != 0) {
        free(job);
    }
    return rc;
}

void pool_wait(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    while (p->unfinished > 0) {
        pthread_cond_wait(&p->idle, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
}

void pool_close(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->closed = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
}

void pool_destroy(struct pool *p)
{
    pool_close(p);
    pthread_mutex_lock(&p->lock);
    while (p->alive > 0) {
        pthread_cond_wait(&p->gone, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    pthread_cond_destroy(&p->gone);
    pthread_cond_destroy(&p->idle);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
