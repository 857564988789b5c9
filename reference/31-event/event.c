/* SPDX-License-Identifier: MIT */
/* event.c - a flag that threads can wait for.
 *
 * The flag lives under a mutex. A thread that wants it set sleeps on a
 * condition variable; event_set changes the flag and wakes them all. No wake-up
 * is lost: a waiter holds the mutex from the moment it finds the flag clear
 * until pthread_cond_wait has put it to sleep, so no set fits in between.
 *
 * The results of the mutex and condition calls are not looked at: on objects
 * that event_create has set up, used as below, they cannot fail. */
#include "event.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct event {
    pthread_mutex_t lock;   /* guards every field below */
    pthread_cond_t was_set; /* broadcast: set went true; on CLOCK_MONOTONIC */
    bool set;
};

struct event *event_create(void)
{
    struct event *e = malloc(sizeof(*e));
    pthread_condattr_t attr;

    if (e == NULL) {
        return NULL;
    }
    pthread_mutex_init(&e->lock, NULL);
    /* Unless told otherwise a condition variable reads its deadlines on
     * CLOCK_REALTIME, which jumps when somebody sets the clock. */
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&e->was_set, &attr);
    pthread_condattr_destroy(&attr);
    e->set = false;
    return e;
}

void event_set(struct event *e)
{
    pthread_mutex_lock(&e->lock);
    e->set = true;
    /* One set can satisfy every waiter, so all of them are woken. */
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
    /* A wake-up is a hint to look again: it may come for no reason, and the
     * flag may have been cleared on the way here. */
    while (!e->set) {
        pthread_cond_wait(&e->was_set, &e->lock);
    }
    pthread_mutex_unlock(&e->lock);
}

/* The moment `timeout_ms` from now. */
static struct timespec deadline_after(unsigned timeout_ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += timeout_ms / 1000;
    t.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

int event_timedwait(struct event *e, unsigned timeout_ms)
{
    /* A point in time, worked out once: however often the loop below wakes in
     * vain, the wait as a whole gets no longer. */
    struct timespec deadline = deadline_after(timeout_ms);
    int rc = 0;

    pthread_mutex_lock(&e->lock);
    while (!e->set && rc != ETIMEDOUT) {
        rc = pthread_cond_timedwait(&e->was_set, &e->lock, &deadline);
    }
    /* The flag has the last word: it may have been set as the time ran out. */
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
