/* SPDX-License-Identifier: MIT */
/* Wrong: the deadline also counts while another thread is in pthread_join. But
 * run has returned by then, and to that alone the timeout applies. Two timed
 * joins must meet, the one with the deadline in that short moment. */
#include "thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum phase {
    CREATED,  /* not started; a start that fails leads back here */
    RUNNING,  /* there is a thread, and run has not returned */
    FINISHED, /* run has returned; nobody has joined the thread yet */
    JOINING,  /* somebody is inside pthread_join, for all who wait */
    JOINED    /* the thread is gone, and its handle means nothing any more */
};

struct thread_state {
    pthread_mutex_t lock;  /* guards every field below */
    pthread_cond_t passed; /* broadcast: FINISHED or JOINED was reached */
    enum phase phase;      /* only ever grows, once a start has succeeded */
    pthread_t handle;      /* meaningful from RUNNING to JOINING */
};

int thread_init(struct thread *t, void (*run)(struct thread *self))
{
    struct thread_state *s = malloc(sizeof(*s));
    pthread_condattr_t attr;

    if (s == NULL) {
        return ENOMEM;
    }
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->passed, &attr);
    pthread_condattr_destroy(&attr);
    s->phase = CREATED;
    t->run = run;
    t->state = s;
    return 0;
}

static void enter_locked(struct thread_state *s, enum phase phase)
{
    s->phase = phase;
    pthread_cond_broadcast(&s->passed);
}

static void *thread_main(void *arg)
{
    struct thread *t = arg;

    t->run(t);
    pthread_mutex_lock(&t->state->lock);
    enter_locked(t->state, FINISHED);
    pthread_mutex_unlock(&t->state->lock);
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

static int wait_locked(struct thread_state *s, const struct timespec *deadline)
{
    return deadline == NULL
               ? pthread_cond_wait(&s->passed, &s->lock)
               : pthread_cond_timedwait(&s->passed, &s->lock, deadline);
}

/* Sleep until run has returned or the deadline, if there is one, has passed. */
static int wait_for_finish_locked(struct thread_state *s,
                                  const struct timespec *deadline)
{
    int rc = 0;

    while (s->phase == RUNNING && rc != ETIMEDOUT) {
        rc = wait_locked(s, deadline);
    }
    return s->phase == RUNNING ? ETIMEDOUT : 0;
}

/* One of those who come here joins, the others wait until he has. */
static int join_once_locked(struct thread_state *s,
                            const struct timespec *deadline)
{
    int rc = 0;

    if (s->phase == FINISHED) {
        s->phase = JOINING;
        /* Not with the lock held: there is no telling what a destructor of
         * thread-specific data has to do first. */
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->handle, NULL); /* written once, before RUNNING */
        pthread_mutex_lock(&s->lock);
        enter_locked(s, JOINED);
    }
    while (s->phase != JOINED && rc != ETIMEDOUT) {
        rc = wait_locked(s, deadline);
    }
    return s->phase == JOINED ? 0 : ETIMEDOUT;
}

static int join_until(struct thread_state *s, const struct timespec *deadline)
{
    int rc;

    pthread_mutex_lock(&s->lock);
    if (s->phase == CREATED) {
        rc = EINVAL;
    } else if (s->phase == RUNNING &&
               pthread_equal(s->handle, pthread_self())) {
        /* Only while it runs: the system gives the handles of threads that
         * are gone to new ones, and the caller may have this one by now. */
        rc = EDEADLK;
    } else {
        rc = wait_for_finish_locked(s, deadline);
        if (rc == 0) {
            rc = join_once_locked(s, deadline);
        }
    }
    pthread_mutex_unlock(&s->lock);
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
    pthread_cond_destroy(&t->state->passed);
    pthread_mutex_destroy(&t->state->lock);
    free(t->state);
}
