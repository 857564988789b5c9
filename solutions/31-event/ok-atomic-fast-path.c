/* SPDX-License-Identifier: MIT */
/* Right: the flag is a C11 atomic, so that looking at a set event takes no
 * mutex; it still changes only under the mutex, so no wake-up is lost, and
 * release/acquire makes the setter's work visible. Helgrind does not
 * understand C11 atomics and may object. */
#include "event.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct event {
    pthread_mutex_t lock;
    pthread_cond_t was_set;
    atomic_bool set; /* written under lock, read by anyone */
};

struct event *event_create(void)
{
    struct event *e = malloc(sizeof(*e));
    pthread_condattr_t attr;

    if (e == NULL) {
        return NULL;
    }
    pthread_mutex_init(&e->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&e->was_set, &attr);
    pthread_condattr_destroy(&attr);
    atomic_init(&e->set, false);
    return e;
}

void event_set(struct event *e)
{
    pthread_mutex_lock(&e->lock);
    atomic_store_explicit(&e->set, true, memory_order_release);
    pthread_cond_broadcast(&e->was_set);
    pthread_mutex_unlock(&e->lock);
}

void event_clear(struct event *e)
{
    pthread_mutex_lock(&e->lock);
    atomic_store_explicit(&e->set, false, memory_order_release);
    pthread_mutex_unlock(&e->lock);
}

bool event_is_set(struct event *e)
{
    return atomic_load_explicit(&e->set, memory_order_acquire);
}

void event_wait(struct event *e)
{
    if (event_is_set(e)) {
        return;
    }
    pthread_mutex_lock(&e->lock);
    while (!event_is_set(e)) {
        pthread_cond_wait(&e->was_set, &e->lock);
    }
    pthread_mutex_unlock(&e->lock);
}

int event_timedwait(struct event *e, unsigned timeout_ms)
{
    struct timespec deadline;
    int rc = 0;

    if (event_is_set(e)) {
        return 0;
    }
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += timeout_ms / 1000;
    deadline.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&e->lock);
    while (!event_is_set(e) && rc != ETIMEDOUT) {
        rc = pthread_cond_timedwait(&e->was_set, &e->lock, &deadline);
    }
    rc = event_is_set(e) ? 0 : ETIMEDOUT;
    pthread_mutex_unlock(&e->lock);
    return rc;
}

void event_destroy(struct event *e)
{
    pthread_cond_destroy(&e->was_set);
    pthread_mutex_destroy(&e->lock);
    free(e);
}
