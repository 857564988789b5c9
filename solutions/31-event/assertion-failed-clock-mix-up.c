/* SPDX-License-Identifier: MIT */
/* Wrong: the deadline is on CLOCK_MONOTONIC, the condition variable on
 * CLOCK_REALTIME by default, where that moment passed decades ago: every
 * timed wait that has to wait times out at once. */
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

void event_wait(struct event *e)
{
    pthread_mutex_lock(&e->lock);
    while (!e->set) {
        pthread_cond_wait(&e->was_set, &e->lock);
    }
    pthread_mutex_unlock(&e->lock);
}

int event_timedwait(struct event *e, unsigned timeout_ms)
{
    struct timespec deadline;
    int rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += timeout_ms / 1000;
    deadline.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&e->lock);
    while (!e->set && rc != ETIMEDOUT) {
        rc = pthread_cond_timedwait(&e->was_set, &e->lock, &deadline);
    }
    rc = e->set ? 0 : ETIMEDOUT;
    pthread_mutex_unlock(&e->lock);
    return rc;
}

void event_destroy(struct event *e)
{
    pthread_cond_destroy(&e->was_set);
    pthread_mutex_destroy(&e->lock);
    free(e);
}
