/* SPDX-License-Identifier: MIT */
/* Right: the thread has a condition variable to itself, so a cancel may
 * signal there; those who wait have another. Instead of states there are
 * flags, and the first to set `decided` decides. */
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

    pthread_mutex_t lock;      /* guards the fields below */
    pthread_cond_t wake_early; /* signal: cancelled; only the thread sleeps */
    pthread_cond_t over_now;   /* broadcast: over went true */
    bool decided;              /* called or cancelled: nobody decides again */
    bool cancelled;            /* means something once decided is true */
    bool over;                 /* there is nothing to wait for any more */
};

static void *thread_main(void *arg)
{
    struct later *l = arg;
    int rc = 0;

    pthread_mutex_lock(&l->lock);
    while (!l->decided && rc != ETIMEDOUT) {
        rc = pthread_cond_clockwait(&l->wake_early, &l->lock, CLOCK_MONOTONIC,
                                    &l->deadline);
    }
    /* Not "if the time is over": it may have been cancelled as well. */
    if (!l->decided) {
        l->decided = true;
        pthread_mutex_unlock(&l->lock);
        /* No lock is held here: fn may take long, and may ask to cancel. */
        l->fn(l->arg);
        pthread_mutex_lock(&l->lock);
        l->over = true;
        pthread_cond_broadcast(&l->over_now);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

struct later *later_start(unsigned delay_ms, void (*fn)(void *arg), void *arg)
{
    struct later *l = calloc(1, sizeof(*l)); /* nothing is decided */

    if (l == NULL) {
        return NULL;
    }
    l->fn = fn;
    l->arg = arg;
    l->deadline = deadline_after(delay_ms);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->wake_early, NULL);
    pthread_cond_init(&l->over_now, NULL);
    if (pthread_create(&l->thread, NULL, thread_main, l) != 0) {
        pthread_cond_destroy(&l->over_now);
        pthread_cond_destroy(&l->wake_early);
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
    if (!l->decided) {
        l->decided = true;
        l->cancelled = true;
        l->over = true;
        pthread_cond_signal(&l->wake_early);
        pthread_cond_broadcast(&l->over_now);
    }
    cancelled = l->cancelled;
    pthread_mutex_unlock(&l->lock);
    return cancelled;
}

void later_wait(struct later *l)
{
    pthread_mutex_lock(&l->lock);
    while (!l->over) {
        pthread_cond_wait(&l->over_now, &l->lock);
    }
    pthread_mutex_unlock(&l->lock);
}

void later_destroy(struct later *l)
{
    (void)later_cancel(l);
    pthread_join(l->thread, NULL);
    pthread_cond_destroy(&l->over_now);
    pthread_cond_destroy(&l->wake_early);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
