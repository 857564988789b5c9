/* SPDX-License-Identifier: MIT */
/* Right: a second mutex lets one joiner in at a time, and who comes later
 * finds the work done. A thread knows itself by a thread-local pointer,
 * which no other thread ever has, so no handle is compared. */
#include "thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum phase {
    CREATED, /* not started; a start that fails leads back here */
    RUNNING, /* there is a thread, and run has not returned */
    FINISHED /* run has returned */
};

/* The object whose run this thread is in, if any. */
static _Thread_local const struct thread_state *mine;

struct thread_state {
    pthread_mutex_t lock;  /* guards every field below */
    pthread_cond_t passed; /* broadcast: FINISHED was reached */
    enum phase phase;      /* only ever grows, once a start has succeeded */
    pthread_t handle;      /* constant from RUNNING on */

    pthread_mutex_t joining; /* guards joined; held during the join */
    bool joined;             /* goes true once: the handle is dead */
};

int thread_init(struct thread *t, void (*run)(struct thread *self))
{
    struct thread_state *s = malloc(sizeof(*s));
    pthread_condattr_t attr;

    if (s == NULL) {
        return ENOMEM;
    }
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->joining, NULL);
    s->joined = false;
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

    mine = t->state;
    t->run(t);
    mine = NULL;
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

/* Sleep until run has returned or the deadline, if there is one, has passed. */
static int wait_for_finish_locked(struct thread_state *s,
                                  const struct timespec *deadline)
{
    int rc = 0;

    while (s->phase == RUNNING && rc != ETIMEDOUT) {
        rc = deadline == NULL
                 ? pthread_cond_wait(&s->passed, &s->lock)
                 : pthread_cond_timedwait(&s->passed, &s->lock, deadline);
    }
    return s->phase == RUNNING ? ETIMEDOUT : 0;
}

/* The thread has finished: the first who comes here joins it. */
static void join_once(struct thread_state *s)
{
    pthread_mutex_lock(&s->joining);
    if (!s->joined) {
        pthread_join(s->handle, NULL);
        s->joined = true;
    }
    pthread_mutex_unlock(&s->joining);
}

static int join_until(struct thread_state *s, const struct timespec *deadline)
{
    int rc;

    pthread_mutex_lock(&s->lock);
    if (s->phase == CREATED) {
        rc = EINVAL;
    } else if (mine == s) {
        rc = EDEADLK;
    } else {
        rc = wait_for_finish_locked(s, deadline);
    }
    pthread_mutex_unlock(&s->lock);
    if (rc == 0) {
        join_once(s);
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
    pthread_cond_destroy(&t->state->passed);
    pthread_mutex_destroy(&t->state->joining);
    pthread_mutex_destroy(&t->state->lock);
    free(t->state);
}
