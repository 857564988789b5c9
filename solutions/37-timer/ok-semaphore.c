/* SPDX-License-Identifier: MIT */
/* Right: the thread sleeps in sem_clockwait, and a cancel posts. A unit that
 * is there when nobody sleeps is kept, so nothing is lost between a look and
 * a sleep. Those who wait have a condition variable of their own. */
#include "later.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "deadline.h"

struct later {
    void (*fn)(void *arg);
    void *arg;
    struct timespec deadline;
    pthread_t thread; /* for later_destroy alone */
    sem_t cancelled;  /* one unit once it was cancelled */

    pthread_mutex_t lock; /* guards state */
    pthread_cond_t over;  /* broadcast: DONE or CANCELLED */
    enum {
        PENDING,   /* to CALLING, or to CANCELLED */
        CALLING,   /* the thread is in fn, or about to; to DONE */
        DONE,      /* for good */
        CANCELLED, /* for good */
    } state;
};

static void *thread_main(void *arg)
{
    struct later *l = arg;
    int rc;

    do {
        rc = sem_clockwait(&l->cancelled, CLOCK_MONOTONIC, &l->deadline);
    } while (rc != 0 && errno == EINTR);
    pthread_mutex_lock(&l->lock);
    if (l->state == PENDING) {
        l->state = CALLING;
        pthread_mutex_unlock(&l->lock);
        /* No lock is held here: fn may take long, and may ask to cancel. */
        l->fn(l->arg);
        pthread_mutex_lock(&l->lock);
        l->state = DONE;
        pthread_cond_broadcast(&l->over);
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
    pthread_cond_init(&l->over, NULL);
    sem_init(&l->cancelled, 0, 0);
    if (pthread_create(&l->thread, NULL, thread_main, l) != 0) {
        sem_destroy(&l->cancelled);
        pthread_cond_destroy(&l->over);
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
        sem_post(&l->cancelled);
        pthread_cond_broadcast(&l->over);
    }
    cancelled = l->state == CANCELLED;
    pthread_mutex_unlock(&l->lock);
    return cancelled;
}

void later_wait(struct later *l)
{
    pthread_mutex_lock(&l->lock);
    while (l->state == PENDING || l->state == CALLING) {
        pthread_cond_wait(&l->over, &l->lock);
    }
    pthread_mutex_unlock(&l->lock);
}

void later_destroy(struct later *l)
{
    (void)later_cancel(l);
    pthread_join(l->thread, NULL);
    sem_destroy(&l->cancelled);
    pthread_cond_destroy(&l->over);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
