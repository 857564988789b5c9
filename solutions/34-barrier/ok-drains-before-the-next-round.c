/* SPDX-License-Identifier: MIT */
/* Right: as Python's Barrier does it. When a round ends, the barrier drains:
 * those who come for the next round wait at the door until the last of the old
 * one has left. So the outcome of a round can stand in the barrier. */
#include "barrier.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

/* A round is filling, and then it drains, one way or the other. */
enum state { FILLING, COMPLETE, CANCELLED };

struct barrier {
    unsigned parties;

    pthread_mutex_t lock;
    pthread_cond_t changed; /* broadcast: state */
    enum state state;       /* FILLING whenever inside is 0 */
    unsigned inside;
    bool broken;
};

struct barrier *barrier_create(unsigned parties)
{
    struct barrier *b = parties == 0 ? NULL : calloc(1, sizeof(*b));
    pthread_condattr_t attr;

    if (b == NULL) {
        return NULL;
    }
    b->parties = parties;
    pthread_mutex_init(&b->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&b->changed, &attr);
    pthread_condattr_destroy(&attr);
    return b;
}

static void end_round_locked(struct barrier *b, enum state how)
{
    if (b->inside > 0 && b->state == FILLING) {
        b->state = how;
        pthread_cond_broadcast(&b->changed);
    }
}

static int wait_until(struct barrier *b, const struct timespec *deadline,
                      unsigned *out_index)
{
    unsigned index = 0;
    int rc = 0;

    pthread_mutex_lock(&b->lock);
    while (b->state != FILLING) { /* the old ones are on their way out */
        pthread_cond_wait(&b->changed, &b->lock);
    }
    if (b->broken) {
        rc = ECANCELED;
        goto out;
    }
    index = b->inside++;
    if (b->inside == b->parties) {
        end_round_locked(b, COMPLETE);
    }
    while (b->state == FILLING && rc == 0) {
        rc = deadline == NULL
                 ? pthread_cond_wait(&b->changed, &b->lock)
                 : pthread_cond_timedwait(&b->changed, &b->lock, deadline);
    }
    if (b->state == FILLING) {
        b->broken = true;
        end_round_locked(b, CANCELLED);
    } else {
        rc = b->state == COMPLETE ? 0 : ECANCELED;
    }
    b->inside--;
    if (b->inside == 0) {
        b->state = FILLING;
        pthread_cond_broadcast(&b->changed);
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
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += timeout_ms / 1000;
    t.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return wait_until(b, &t, out_index);
}

static void cancel(struct barrier *b, bool broken)
{
    pthread_mutex_lock(&b->lock);
    b->broken = broken;
    end_round_locked(b, CANCELLED);
    pthread_mutex_unlock(&b->lock);
}

void barrier_abort(struct barrier *b)
{
    cancel(b, true);
}

void barrier_reset(struct barrier *b)
{
    cancel(b, false);
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
    pthread_cond_destroy(&b->changed);
    pthread_mutex_destroy(&b->lock);
    free(b);
}
