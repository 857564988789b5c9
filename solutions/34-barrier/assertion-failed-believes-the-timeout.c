/* SPDX-License-Identifier: MIT */
/* Wrong: when the time has run out it breaks the barrier without looking at
 * its record. The last one may have come in between, while the sleeper waited
 * for the mutex: the round is complete, and yet one of its threads gets
 * ETIMEDOUT. */
#include "barrier.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

enum outcome { WAITING, COMPLETE, CANCELLED };

struct waiter {
    struct waiter *next;
    enum outcome outcome; /* leaves WAITING once, as it leaves the list */
};

struct barrier {
    unsigned parties; /* constant after create */

    pthread_mutex_t lock;       /* guards the rest, and the waiters */
    pthread_cond_t round_ended; /* broadcast: the list was emptied */
    struct waiter *waiters;     /* of the round that is open */
    unsigned arrived;           /* how many are on the list: below parties */
    bool broken;                /* if so, the list is empty */
};

struct barrier *barrier_create(unsigned parties)
{
    struct barrier *b = NULL;
    pthread_condattr_t attr;

    if (parties == 0) {
        return NULL;
    }
    b = calloc(1, sizeof(*b)); /* empty and not broken: all zero */
    if (b == NULL) {
        return NULL;
    }
    b->parties = parties;
    pthread_mutex_init(&b->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&b->round_ended, &attr);
    pthread_condattr_destroy(&attr);
    return b;
}

static void end_round_locked(struct barrier *b, enum outcome outcome)
{
    for (struct waiter *w = b->waiters; w != NULL; w = w->next) {
        w->outcome = outcome;
    }
    b->waiters = NULL;
    b->arrived = 0;
    pthread_cond_broadcast(&b->round_ended);
}

/* Wait; for ever if there is no deadline. */
static int wait_until(struct barrier *b, const struct timespec *deadline,
                      unsigned *out_index)
{
    struct waiter me = {.outcome = WAITING};
    unsigned index = 0;
    int rc = 0;

    pthread_mutex_lock(&b->lock);
    if (b->broken) {
        rc = ECANCELED;
        goto out;
    }
    me.next = b->waiters;
    b->waiters = &me;
    index = b->arrived++;
    if (b->arrived == b->parties) {
        end_round_locked(b, COMPLETE);
    }
    while (me.outcome == WAITING && rc == 0) {
        rc = deadline == NULL
                 ? pthread_cond_wait(&b->round_ended, &b->lock)
                 : pthread_cond_timedwait(&b->round_ended, &b->lock, deadline);
    }
    if (rc == ETIMEDOUT) { /* it is too late */
        b->broken = true;
        end_round_locked(b, CANCELLED);
    } else {
        rc = me.outcome == COMPLETE ? 0 : ECANCELED;
    }
out:
    pthread_mutex_unlock(&b->lock);
    if (rc == 0) {
        *out_index = index;
    }
    return rc;
}

int barrier_wait(struct barrier *b, unsigned *out_index)
{
    return wait_until(b, NULL, out_index);
}

int barrier_timed_wait(struct barrier *b, unsigned timeout_ms,
                       unsigned *out_index)
{
    struct timespec deadline;

    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += timeout_ms / 1000;
    deadline.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_nsec -= 1000000000;
        deadline.tv_sec++;
    }
    return wait_until(b, &deadline, out_index);
}

void barrier_abort(struct barrier *b)
{
    pthread_mutex_lock(&b->lock);
    b->broken = true;
    end_round_locked(b, CANCELLED);
    pthread_mutex_unlock(&b->lock);
}

void barrier_reset(struct barrier *b)
{
    pthread_mutex_lock(&b->lock);
    b->broken = false;
    end_round_locked(b, CANCELLED);
    pthread_mutex_unlock(&b->lock);
}

bool barrier_is_broken(struct barrier *b)
{
    bool broken = false;

    pthread_mutex_lock(&b->lock);
    broken = b->broken;
    pthread_mutex_unlock(&b->lock);
    return broken;
}

void barrier_destroy(struct barrier *b)
{
    pthread_cond_destroy(&b->round_ended);
    pthread_mutex_destroy(&b->lock);
    free(b);
}
