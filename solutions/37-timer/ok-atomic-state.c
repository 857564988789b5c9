/* SPDX-License-Identifier: MIT */
/* Right: the state is atomic, and one compare-and-exchange decides who moves it
 * on from PENDING. One semaphore ends the thread's sleep, another lets those
 * who wait through, each of whom posts it again for the next. */
#include "later.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "deadline.h"

enum { PENDING, CALLED, CANCELLED };

struct later {
    void (*fn)(void *arg);
    void *arg;
    struct timespec deadline;
    pthread_t thread; /* for later_destroy alone */
    atomic_int state; /* leaves PENDING once: that step decides */
    sem_t wake;       /* posted by a cancel: the thread need not sleep on */
    sem_t over;       /* 1 from when it is over, but for moments */
};

/* Returns true if this call has decided. */
static bool decide(struct later *l, int state)
{
    int expected = PENDING;

    return atomic_compare_exchange_strong(&l->state, &expected, state);
}

static void *thread_main(void *arg)
{
    struct later *l = arg;
    int rc = 0;

    do {
        rc = sem_clockwait(&l->wake, CLOCK_MONOTONIC, &l->deadline);
    } while (rc != 0 && errno == EINTR);
    if (rc != 0 && decide(l, CALLED)) {
        l->fn(l->arg);
        sem_post(&l->over);
    }
    return NULL;
}

struct later *later_start(unsigned delay_ms, void (*fn)(void *arg), void *arg)
{
    struct timespec deadline = deadline_after(delay_ms);
    struct later *l = malloc(sizeof(*l));

    if (l == NULL) {
        return NULL;
    }
    l->fn = fn;
    l->arg = arg;
    l->deadline = deadline;
    atomic_init(&l->state, PENDING);
    sem_init(&l->wake, 0, 0);
    sem_init(&l->over, 0, 0);
    if (pthread_create(&l->thread, NULL, thread_main, l) != 0) {
        sem_destroy(&l->over);
        sem_destroy(&l->wake);
        free(l);
        return NULL;
    }
    return l;
}

bool later_cancel(struct later *l)
{
    if (decide(l, CANCELLED)) {
        sem_post(&l->over);
        sem_post(&l->wake);
        return true;
    }
    return atomic_load(&l->state) == CANCELLED;
}

void later_wait(struct later *l)
{
    while (sem_wait(&l->over) != 0) {
        /* a signal handler ran (EINTR): wait on */
    }
    sem_post(&l->over);
}

void later_destroy(struct later *l)
{
    (void)later_cancel(l);
    pthread_join(l->thread, NULL);
    sem_destroy(&l->over);
    sem_destroy(&l->wake);
    free(l);
}
