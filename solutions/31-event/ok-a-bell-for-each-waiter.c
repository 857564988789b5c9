/* SPDX-License-Identifier: MIT */
/* Right: every waiter hangs its own condition variable, on its own stack,
 * into a list, and event_set signals each of them under the mutex; a waiter
 * takes itself off the list before it leaves, so nobody ever rings a bell
 * that is gone. */
#include "event.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct waiter {
    pthread_cond_t bell;
    struct waiter *next;
};

struct event {
    pthread_mutex_t lock;   /* guards every field below, and the list */
    struct waiter *waiters; /* each lives on its thread's stack */
    bool set;
};

struct event *event_create(void)
{
    struct event *e = malloc(sizeof(*e));

    if (e == NULL) {
        return NULL;
    }
    pthread_mutex_init(&e->lock, NULL);
    e->waiters = NULL;
    e->set = false;
    return e;
}

void event_set(struct event *e)
{
    pthread_mutex_lock(&e->lock);
    e->set = true;
    for (struct waiter *w = e->waiters; w != NULL; w = w->next) {
        pthread_cond_signal(&w->bell);
    }
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

static void enter_locked(struct event *e, struct waiter *w)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&w->bell, &attr);
    pthread_condattr_destroy(&attr);
    w->next = e->waiters;
    e->waiters = w;
}

static void leave_locked(struct event *e, struct waiter *w)
{
    struct waiter **link = &e->waiters;

    while (*link != w) {
        link = &(*link)->next;
    }
    *link = w->next;
    pthread_cond_destroy(&w->bell);
}

void event_wait(struct event *e)
{
    struct waiter w;

    pthread_mutex_lock(&e->lock);
    enter_locked(e, &w);
    while (!e->set) {
        pthread_cond_wait(&w.bell, &e->lock);
    }
    leave_locked(e, &w);
    pthread_mutex_unlock(&e->lock);
}

int event_timedwait(struct event *e, unsigned timeout_ms)
{
    struct timespec deadline;
    struct waiter w;
    int rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += timeout_ms / 1000;
    deadline.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&e->lock);
    enter_locked(e, &w);
    while (!e->set && rc != ETIMEDOUT) {
        rc = pthread_cond_timedwait(&w.bell, &e->lock, &deadline);
    }
    leave_locked(e, &w);
    rc = e->set ? 0 : ETIMEDOUT;
    pthread_mutex_unlock(&e->lock);
    return rc;
}

void event_destroy(struct event *e)
{
    pthread_mutex_destroy(&e->lock);
    free(e);
}
