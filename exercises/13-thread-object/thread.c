/* SPDX-License-Identifier: MIT */
/* thread.c - a thread as an object: made, started once, joined by anybody.
 *
 * Exercise 13: your file. thread.h says what each function promises. */
#include "thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct thread_state {
    pthread_t handle; /* TODO: how far the thread has got, what guards that,
                       * and where those sleep who wait for it */
};

int thread_init(struct thread *t, void (*run)(struct thread *self))
{
    /* TODO: store run; allocate the state and set it up. */
    (void)t;
    (void)run;
    return ENOSYS;
}

int thread_start(struct thread *t)
{
    /* TODO: once only, whoever else tries at this moment. What if
     * pthread_create fails? */
    (void)t;
    return ENOSYS;
}

bool thread_is_alive(struct thread *t)
{
    /* TODO: even one field is read under its lock. */
    (void)t;
    return false;
}

int thread_join(struct thread *t)
{
    /* TODO: any number of callers, but pthread_join may be called once. */
    (void)t;
    return ENOSYS;
}

int thread_timedjoin(struct thread *t, unsigned timeout_ms)
{
    /* TODO: the same with a deadline on CLOCK_MONOTONIC. */
    (void)t;
    (void)timeout_ms;
    return ENOSYS;
}

void thread_destroy(struct thread *t)
{
    /* TODO: give back whatever thread_init took. */
    (void)t;
}
