/* SPDX-License-Identifier: MIT */
/* Right: a thread of its own listens for signals, and the calling thread joins
 * the workers. Then it sends the listener home, and takes over what came after
 * that. To cancel the listener instead would not do: it may have taken a
 * signal and not yet written it down. */
#include "crew.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct crew {
    bool (*step)(struct crew *c, enum crew_how how, void *arg); /* constant */
    void *arg;                                                  /* constant */
    sigset_t signals;                                           /* constant */

    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t news;  /* broadcast: something has been heard */
    int heard;            /* signals */
    int first;            /* the first of them */
};

static void hear(struct crew *c, int signals)
{
    pthread_mutex_lock(&c->lock);
    c->heard += signals;
    pthread_cond_broadcast(&c->news);
    pthread_mutex_unlock(&c->lock);
}

static enum crew_how how_locked(const struct crew *c)
{
    if (c->heard >= 2) {
        return CREW_STOP;
    }
    return c->heard == 1 ? CREW_FINISH : CREW_WORK;
}

enum crew_how crew_wait(struct crew *c, enum crew_how how)
{
    enum crew_how now = how;

    pthread_mutex_lock(&c->lock);
    while ((now = how_locked(c)) == how) {
        pthread_cond_wait(&c->news, &c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return now;
}

static bool work(struct crew *c)
{
    enum crew_how how = CREW_WORK;

    pthread_mutex_lock(&c->lock);
    how = how_locked(c);
    pthread_mutex_unlock(&c->lock);
    return how != CREW_STOP && c->step(c, how, c->arg);
}

static void *worker_main(void *arg)
{
    struct crew *c = arg;

    while (work(c)) {
    }
    return NULL;
}

static void hear_one(struct crew *c, int number)
{
    pthread_mutex_lock(&c->lock);
    c->first = c->first == 0 ? number : c->first;
    c->heard++;
    pthread_cond_broadcast(&c->news);
    pthread_mutex_unlock(&c->lock);
}

static void *listener_main(void *arg)
{
    struct crew *c = arg;

    for (;;) {
        int got = 0;

        sigwait(&c->signals, &got);
        if (got == SIGUSR1) {
            return NULL;
        }
        hear_one(c, got);
    }
    return NULL;
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

static int run(struct crew *c, pthread_t threads[], size_t workers)
{
    pthread_t listener;
    size_t started = 0;
    int rc = pthread_create(&listener, NULL, listener_main, c);

    if (rc != 0) {
        return rc;
    }
    while (rc == 0 && started < workers) {
        rc = pthread_create(&threads[started], NULL, worker_main, c);
        started += rc == 0;
    }
    if (rc != 0) {
        hear(c, 2);
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_kill(listener, SIGUSR1);
    pthread_join(listener, NULL);
    return rc;
}

int crew_run(size_t workers,
             bool (*step)(struct crew *c, enum crew_how how, void *arg),
             void *arg, int *out_signal)
{
    struct crew c = {.step = step,
                     .arg = arg,
                     .lock = PTHREAD_MUTEX_INITIALIZER,
                     .news = PTHREAD_COND_INITIALIZER};
    pthread_t *threads = NULL;
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
    sigemptyset(&c.signals);
    sigaddset(&c.signals, SIGINT);
    sigaddset(&c.signals, SIGTERM);
    sigaddset(&c.signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &c.signals, &before);
    rc = run(&c, threads, workers);
    first = take_the_rest(&c.signals, c.first);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_cond_destroy(&c.news);
    pthread_mutex_destroy(&c.lock);
    free(threads);
    if (rc == 0) {
        *out_signal = first;
    }
    return rc;
}
