/* SPDX-License-Identifier: MIT */
/* jobs.h - a queue of jobs for any number of threads. Given, complete: use it,
 * leave it alone.
 *
 * It has a lock of its own. All but jobs_init and jobs_destroy may be called
 * by any number of threads at any time. What a thread did before it put a job
 * is visible to the thread that gets it. */
#ifndef JOBS_H
#define JOBS_H
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Belongs to the queue from jobs_put until jobs_get, and then to whoever got
 * it. The queue neither makes nor frees jobs. */
struct job {
    struct job *next; /* for the queue alone */
    size_t number;    /* jobs_put writes it: 0, 1, 2, ... in their order */

    int (*run)(void *arg);
    void *arg;
};

struct jobs {
    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t more;  /* signal: a job came; broadcast: closed */
    struct job *first;
    struct job **end; /* where the next job is to be hung */
    size_t count;     /* jobs that have ever been put */
    bool closed;
};

/* Make the queue empty and open. */
static inline void jobs_init(struct jobs *q)
{
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->more, NULL);
    q->first = NULL;
    q->end = &q->first;
    q->count = 0;
    q->closed = false;
}

/* Number the job and append it. Not after jobs_close. */
static inline void jobs_put(struct jobs *q, struct job *job)
{
    pthread_mutex_lock(&q->lock);
    job->next = NULL;
    job->number = q->count++;
    *q->end = job;
    q->end = &job->next;
    pthread_cond_signal(&q->more);
    pthread_mutex_unlock(&q->lock);
}

/* Take the oldest job, sleeping until there is one.
 * Returns it, or NULL if the queue is closed and there is none left. */
static inline struct job *jobs_get(struct jobs *q)
{
    struct job *job = NULL;

    pthread_mutex_lock(&q->lock);
    while (q->first == NULL && !q->closed) {
        pthread_cond_wait(&q->more, &q->lock);
    }
    job = q->first;
    if (job != NULL) {
        q->first = job->next;
        if (q->first == NULL) {
            q->end = &q->first;
        }
    }
    pthread_mutex_unlock(&q->lock);
    return job;
}

/* Say that there will be no more jobs. */
static inline void jobs_close(struct jobs *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->more);
    pthread_mutex_unlock(&q->lock);
}

/* Take down an empty queue. Nobody may be inside, or later enter, a call. */
static inline void jobs_destroy(struct jobs *q)
{
    pthread_cond_destroy(&q->more);
    pthread_mutex_destroy(&q->lock);
}
#endif
