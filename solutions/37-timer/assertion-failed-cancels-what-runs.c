/* SPDX-License-Identifier: MIT */
/* Wrong: that the call has begun is noted only when it is over. A cancel in
 * between still finds the timer pending, and says that the function will not
 * be called while it runs. */
#include "later.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "deadline.h"

struct later {
    void (*fn)(void *arg);
    void *arg;
    struct timespec deadline;
    pthread_t thread; /* for later_destroy alone */

    pthread_mutex_t lock;   /* guards state */
    pthread_cond_t changed; /* broadcast: state changed, see below */
    enum {
        PENDING,   /* to DONE, or to CANCELLED (broadcast) */
        DONE,      /* for good */
        CANCELLED, /* for good */
    } state;
};

static void *thread_main(void *arg)
{
    struct later *l = arg;
    int rc = 0;

    pthread_mutex_lock(&l->lock);
    while (l->state == PENDING && rc != ETIMEDOUT) {
        rc = pthread_cond_clockwait(&l->changed, &l->lock, CLOCK_MONOTONIC,
                                    &l->deadline);
    }
    /* Not "if the time is over": it may have been cancelled as well. */
    if (l->state == PENDING) {
        pthread_mutex_unlock(&l->lock);
        /* No lock is held here: fn may take long, and may ask to cancel. */
        l->fn(l->arg);
        pthread_mutex_lock(&l->lock);
        l->state = DONE;
        pthread_cond_broadcast(&l->changed);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

struct later *later_start(unsigned delay_ms, void (*fn)(void *arg), void *arg)
{
    struct later *l = malloc(sizeof(*l));

    if (l == NULL) {
        return NULL;
    }
    l->fn = fn;
    l->arg = arg;
    l->deadline = deadline_after(delay_ms);
    l->state = PENDING;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    if (pthread_create(&l->thread, NULL, thread_main, l) != 0) {
        pthread_cond_destroy(&l->changed);
        pthread_mutex_destroy(&l->lock);
        free(l);
        return NULL;
    }
    return l;
}

bool later_cancel(struct later *l)
{
    bool cancelled;

    pthread_mutex_lock(&l->lock);
    if (l->state == PENDING) {
        l->state = CANCELLED;
        /* The thread sleeps here, and so do those who wait: wake them all. */
        pthread_cond_broadcast(&l->changed);
    }
    cancelled = l->state == CANCELLED;
    pthread_mutex_unlock(&l->lock);
    return cancelled;
}

void later_wait(struct later *l)
{
    pthread_mutex_lock(&l->lock);
    while (l->state == PENDING) {
        pthread_cond_wait(&l->changed, &l->lock);
    }
    pthread_mutex_unlock(&l->lock);
}

void later_destroy(struct later *l)
{
    (void)later_cancel(l);
    pthread_join(l->thread, NULL);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
