/* SPDX-License-Identifier: MIT */
/* Right: a round is a record on the stack of the thread that comes first, its
 * host. How it ended stands there; the host leaves when all its guests have
 * looked. The barrier knows only the round that is open, so a new one may begin
 * while an old one is still on its way out. */
#include "barrier.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

enum outcome { OPEN, COMPLETE, BROKEN };

struct round {
    enum outcome outcome;
    unsigned come;
    unsigned guests; /* who have not said good-bye */
    pthread_cond_t ended;
    pthread_cond_t alone; /* no guests any more */
};

struct barrier {
    pthread_mutex_t lock;
    unsigned parties;
    bool broken;
    struct round *open; /* NULL: nobody is waiting */
};

struct barrier *barrier_create(unsigned parties)
{
    struct barrier *b;

    if (parties == 0) {
        return NULL;
    }
    b = calloc(1, sizeof *b);
    if (b != NULL) {
        b->parties = parties;
        pthread_mutex_init(&b->lock, NULL);
    }
    return b;
}

/* Lock held, here and in the next three. */
static void end_round(struct barrier *b, enum outcome outcome)
{
    if (b->open != NULL) {
        b->open->outcome = outcome;
        pthread_cond_broadcast(&b->open->ended);
        b->open = NULL;
    }
}

static int attend(struct barrier *b, struct round *round,
                  const struct timespec *until, unsigned *out_index)
{
    unsigned index = round->come++;
    int error = 0;

    if (round->come == b->parties) {
        end_round(b, COMPLETE);
    }
    while (round->outcome == OPEN) {
        if (until == NULL) {
            pthread_cond_wait(&round->ended, &b->lock);
        } else if (pthread_cond_timedwait(&round->ended, &b->lock, until) ==
                       ETIMEDOUT &&
                   round->outcome == OPEN) {
            error = ETIMEDOUT;
            b->broken = true;
            end_round(b, BROKEN);
        }
    }
    if (round->outcome == COMPLETE) {
        *out_index = index;
        return 0;
    }
    return error != 0 ? error : ECANCELED;
}

static int be_host(struct barrier *b, const struct timespec *until,
                   unsigned *out_index)
{
    struct round mine = {.outcome = OPEN};
    pthread_condattr_t attr;
    int error;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&mine.ended, &attr);
    pthread_condattr_destroy(&attr);
    pthread_cond_init(&mine.alone, NULL);
    b->open = &mine;
    error = attend(b, &mine, until, out_index);
    while (mine.guests > 0) {
        pthread_cond_wait(&mine.alone, &b->lock);
    }
    pthread_cond_destroy(&mine.alone);
    pthread_cond_destroy(&mine.ended);
    return error;
}

static int be_guest(struct barrier *b, struct round *round,
                    const struct timespec *until, unsigned *out_index)
{
    int error;

    round->guests++;
    error = attend(b, round, until, out_index);
    if (--round->guests == 0) {
        pthread_cond_signal(&round->alone);
    }
    return error;
}

static int come(struct barrier *b, const struct timespec *until,
                unsigned *out_index)
{
    int error = ECANCELED;

    pthread_mutex_lock(&b->lock);
    if (!b->broken) {
        error = b->open == NULL ? be_host(b, until, out_index)
                                : be_guest(b, b->open, until, out_index);
    }
    pthread_mutex_unlock(&b->lock);
    return error;
}

int barrier_wait(struct barrier *b, unsigned *out_index)
{
    return come(b, NULL, out_index);
}

int barrier_timed_wait(struct barrier *b, unsigned timeout_ms,
                       unsigned *out_index)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    return come(b, &until, out_index);
}

void barrier_abort(struct barrier *b)
{
    pthread_mutex_lock(&b->lock);
    b->broken = true;
    end_round(b, BROKEN);
    pthread_mutex_unlock(&b->lock);
}

void barrier_reset(struct barrier *b)
{
    pthread_mutex_lock(&b->lock);
    b->broken = false;
    end_round(b, BROKEN);
    pthread_mutex_unlock(&b->lock);
}

bool barrier_is_broken(struct barrier *b)
{
    bool broken;

    pthread_mutex_lock(&b->lock);
    broken = b->broken;
    pthread_mutex_unlock(&b->lock);
    return broken;
}

void barrier_destroy(struct barrier *b)
{
    pthread_mutex_destroy(&b->lock);
    free(b);
}
