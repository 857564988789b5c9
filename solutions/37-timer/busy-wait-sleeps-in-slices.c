/* SPDX-License-Identifier: MIT */
/* Wrong: the thread sleeps a millisecond at a time, so that it can look
 * whether somebody has cancelled. It wakes a thousand times a second for
 * nothing, and a cancel is still noticed late. */
#include "later.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "deadline.h"

struct later {
    void (*fn)(void *arg);
    void *arg;
    struct timespec deadline;
    pthread_t thread; /* for later_destroy alone */

    pthread_mutex_t lock;   /* guards state */
    pthread_cond_t changed; /* broadcast: state changed, see below */
    enum {
        PENDING,   /* to CALLING, or to CANCELLED (broadcast) */
        CALLING,   /* the thread is in fn, or about to; to DONE (broadcast) */
        DONE,      /* for good */
        CANCELLED, /* for good */
    } state;
};

static bool is_over(const struct timespec *deadline)
{
    struct timespec now = deadline_after(0);

    return now.tv_sec > deadline->tv_sec ||
           (now.tv_sec == deadline->tv_sec && now.tv_nsec >= deadline->tv_nsec);
}

static void *thread_main(void *arg)
{
    struct later *l = arg;
    pthread_mutex_lock(&l->lock);
    while (l->state == PENDING && !is_over(&l->deadline)) {
        pthread_mutex_unlock(&l->lock);
        usleep(1000);
        pthread_mutex_lock(&l->lock);
    }
    /* Not "if the time is over": it may have been cancelled as well. */
    if (l->state == PENDING) {
        l->state = CALLING;
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
    while (l->state == PENDING || l->state == CALLING) {
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
