/* SPDX-License-Identifier: MIT */
/* Wrong: each signal is one step further, without an end. The third goes beyond
 * CREW_STOP, and whoever asks whether things stand at CREW_STOP hears no, and
 * works on. */
#include "crew.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct crew {
    bool (*step)(struct crew *c, enum crew_how how, void *arg); /* constant */
    void *arg;                                                  /* constant */
    pthread_t caller;                                           /* constant */

    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t news;  /* broadcast: something has been heard */
    enum crew_how how;    /* one further with each signal */
    size_t at_work;       /* threads that have not ended */
};

static void hear(struct crew *c, unsigned signals)
{
    pthread_mutex_lock(&c->lock);
    c->how += signals;
    pthread_cond_broadcast(&c->news);
    pthread_mutex_unlock(&c->lock);
}

enum crew_how crew_wait(struct crew *c, enum crew_how how)
{
    enum crew_how now = how;

    pthread_mutex_lock(&c->lock);
    while (c->how == how) {
        pthread_cond_wait(&c->news, &c->lock);
    }
    now = c->how;
    pthread_mutex_unlock(&c->lock);
    return now;
}

/* Threads that end, or never began. Returns whether nobody is left. */
static bool sign_off(struct crew *c, size_t threads)
{
    bool last = false;

    pthread_mutex_lock(&c->lock);
    c->at_work -= threads;
    last = c->at_work == 0;
    pthread_mutex_unlock(&c->lock);
    return last;
}

static bool work(struct crew *c)
{
    enum crew_how how = CREW_WORK;

    pthread_mutex_lock(&c->lock);
    how = c->how;
    pthread_mutex_unlock(&c->lock);
    return how != CREW_STOP && c->step(c, how, c->arg);
}

static void *worker_main(void *arg)
{
    struct crew *c = arg;

    while (work(c)) {
    }
    if (sign_off(c, 1)) {
        pthread_kill(c->caller, SIGUSR1); /* it is there: it will join us */
    }
    return NULL;
}

/* Sleep until the last thread says that it is over.
 * Returns the first signal that was heard, or 0. */
static int listen_to_all(struct crew *c, const sigset_t *signals)
{
    int first = 0;
    int got = 0;

    for (;;) {
        sigwait(signals, &got);
        if (got == SIGUSR1) {
            return first;
        }
        first = first == 0 ? got : first;
        hear(c, 1);
    }
}

/* Take what is still pending. Returns `first`, or if that is 0 what came. */
static int take_the_rest(const sigset_t *signals, int first)
{
    const struct timespec at_once = {0, 0};
    int got = 0;

    while ((got = sigtimedwait(signals, NULL, &at_once)) > 0) {
        first = first == 0 ? got : first;
    }
    return first;
}

static int run(struct crew *c, pthread_t threads[], size_t workers,
               const sigset_t *signals, int *out_first)
{
    size_t started = 0;
    int rc = 0;

    c->at_work = workers;
    while (rc == 0 && started < workers) {
        rc = pthread_create(&threads[started], NULL, worker_main, c);
        started += rc == 0;
    }
    if (rc != 0) {
        hear(c, 2);
    }
    /* If the last to go is a thread that never began, nobody calls us. */
    if (rc == 0 || !sign_off(c, workers - started)) {
        *out_first = listen_to_all(c, signals);
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    return rc;
}

int crew_run(size_t workers,
             bool (*step)(struct crew *c, enum crew_how how, void *arg),
             void *arg, int *out_signal)
{
    struct crew c = {.step = step,
                     .arg = arg,
                     .caller = pthread_self(),
                     .lock = PTHREAD_MUTEX_INITIALIZER,
                     .news = PTHREAD_COND_INITIALIZER};
    pthread_t *threads = NULL;
    sigset_t signals;
    sigset_t before;
    int first = 0;
    int rc = 0;

    if (workers == 0) {
        return EINVAL;
    }
    threads = calloc(workers, sizeof(*threads));
    if (threads == NULL) {
        return ENOMEM;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    rc = run(&c, threads, workers, &signals, &first);
    first = take_the_rest(&signals, first);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_cond_destroy(&c.news);
    pthread_mutex_destroy(&c.lock);
    free(threads);
    if (rc == 0) {
        *out_signal = first;
    }
    return rc;
}
