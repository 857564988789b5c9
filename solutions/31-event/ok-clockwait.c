/* SPDX-License-Identifier: MIT */
/* Right: pthread_cond_clockwait (glibc 2.30) names the clock call by call,
 * so a plain condition variable will do; an untimed wait and a timed one
 * are one function, told apart by a deadline that may be NULL. */
#include "event.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct event {
    pthread_mutex_t lock;
    pthread_cond_t was_set;
    bool set; /* guarded by lock */
};

struct event *event_create(void)
{
    struct event *e = malloc(sizeof(*e));

    if (e == NULL) {
        return NULL;
    }
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->was_set, NULL);
    e->set = false;
    return e;
}

void event_set(struct event *e)
{
    pthread_mutex_lock(&e->lock);
    e->set = true;
    pthread_cond_broadcast(&e->was_set);
    pthread_mutex_unlock(&e->lock);
}

void event_clear(struct event *e)
{
    pthread_mutex_lock(&e->lock);
    e->set = false;
    pthread_mutex_unlock(&e->lock);
}

bool event_is_set(struct event *e)
{
    bool set;

    pthread_mutex_lock(&e->lock);
    set = e->set;
    pthread_mutex_unlock(&e->lock);
    return set;
}

/* Wait until the flag is set or `deadline` has passed; NULL: for ever. */
static int wait_until(struct event *e, const struct timespec *deadline)
{
    int rc = 0;

    pthread_mutex_lock(&e->lock);
    while (!e->set && rc != ETIMEDOUT) {
        rc = deadline == NULL
                 ? pthread_cond_wait(&e->was_set, &e->lock)
                 : pthread_cond_clockwait(&e->was_set, &e->lock,
                                          CLOCK_MONOTONIC, deadline);
    }
    rc = e->set ? 0 : ETIMEDOUT;
    pthread_mutex_unlock(&e->lock);
    return rc;
}

void event_wait(struct event *e)
{
    (void)wait_until(e, NULL);
}

int event_timedwait(struct event *e, unsigned timeout_ms)
{
    struct timespec deadline;
    long ns;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    ns = deadline.tv_nsec + (long)timeout_ms * 1000000;
    deadline.tv_sec += ns / 1000000000;
    deadline.tv_nsec = ns % 1000000000;
    return wait_until(e, &deadline);
}

void event_destroy(struct event *e)
{
    pthread_cond_destroy(&e->was_set);
    pthread_mutex_destroy(&e->lock);
    free(e);
}
