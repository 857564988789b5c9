/* SPDX-License-Identifier: MIT */
/* Right: the thread posts a semaphore when run has returned, and every
 * joiner who gets through posts it again for the next. The phase and the
 * pthread_join are under a mutex, which nobody holds while he waits. */
#include "thread.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

enum phase {
    CREATED,  /* not started; a start that fails leads back here */
    RUNNING,  /* there is a thread, and run has not returned */
    FINISHED, /* run has returned; nobody has joined the thread yet */
    JOINED    /* the thread is gone, and its handle means nothing any more */
};

struct thread_state {
    pthread_mutex_t lock; /* guards every field below */
    enum phase phase;     /* only ever grows, once a start has succeeded */
    pthread_t handle;     /* meaningful while RUNNING or FINISHED */

    sem_t finished; /* 0 until run has returned, then 1, save for a moment */
};

int thread_init(struct thread *t, void (*run)(struct thread *self))
{
    struct thread_state *s = malloc(sizeof(*s));

    if (s == NULL) {
        return ENOMEM;
    }
    pthread_mutex_init(&s->lock, NULL);
    sem_init(&s->finished, 0, 0);
    s->phase = CREATED;
    t->run = run;
    t->state = s;
    return 0;
}

static void *thread_main(void *arg)
{
    struct thread *t = arg;

    t->run(t);
    pthread_mutex_lock(&t->state->lock);
    t->state->phase = FINISHED;
    pthread_mutex_unlock(&t->state->lock);
    sem_post(&t->state->finished);
    return NULL;
}

int thread_start(struct thread *t)
{
    struct thread_state *s = t->state;
    int rc = EALREADY;

    pthread_mutex_lock(&s->lock);
    /* Looking, starting and noting it are one step. The new thread may well
     * run meanwhile, but finds the lock taken until all is written. */
    if (s->phase == CREATED) {
        rc = pthread_create(&s->handle, NULL, thread_main, t);
        if (rc == 0) {
            s->phase = RUNNING;
        }
    }
    pthread_mutex_unlock(&s->lock);
    return rc;
}

bool thread_is_alive(struct thread *t)
{
    bool alive;

    pthread_mutex_lock(&t->state->lock);
    alive = t->state->phase == RUNNING;
    pthread_mutex_unlock(&t->state->lock);
    return alive;
}

/* Go through the turnstile, and leave it open for the next; or give up. */
static void wait_for_finish(struct thread_state *s,
                            const struct timespec *deadline)
{
    int rc;

    do {
        rc = deadline == NULL
                 ? sem_wait(&s->finished)
                 : sem_clockwait(&s->finished, CLOCK_MONOTONIC, deadline);
    } while (rc != 0 && errno == EINTR);
    if (rc == 0) {
        sem_post(&s->finished);
    }
}

static int join_until(struct thread_state *s, const struct timespec *deadline)
{
    int rc = 0;

    pthread_mutex_lock(&s->lock);
    if (s->phase == CREATED) {
        rc = EINVAL;
    } else if (s->phase == RUNNING &&
               pthread_equal(s->handle, pthread_self())) {
        rc = EDEADLK;
    }
    pthread_mutex_unlock(&s->lock);
    if (rc == 0) {
        wait_for_finish(s, deadline);
        pthread_mutex_lock(&s->lock);
        if (s->phase == RUNNING) {
            /* The phase decides, for the turnstile is also shut for the moment
             * in which another goes through. */
            rc = ETIMEDOUT;
        } else if (s->phase == FINISHED) {
            pthread_join(s->handle, NULL); /* needs the lock no more */
            s->phase = JOINED;
        }
        pthread_mutex_unlock(&s->lock);
    }
    return rc;
}

int thread_join(struct thread *t)
{
    return join_until(t->state, NULL);
}

int thread_timedjoin(struct thread *t, unsigned timeout_ms)
{
    struct timespec deadline;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += timeout_ms / 1000;
    deadline.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000;
    }
    return join_until(t->state, &deadline);
}

void thread_destroy(struct thread *t)
{
    sem_destroy(&t->state->finished);
    pthread_mutex_destroy(&t->state->lock);
    free(t->state);
}
