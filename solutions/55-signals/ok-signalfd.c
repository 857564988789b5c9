/* SPDX-License-Identifier: MIT */
/* Right: signals come as bytes. A signalfd is read for the two that are
 * blocked, an eventfd says that the last thread has ended, and poll waits for
 * both. What is left in the end is read without waiting. */
#include "crew.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct crew {
    bool (*step)(struct crew *c, enum crew_how how, void *arg); /* constant */
    void *arg;                                                  /* constant */
    int over;                                                   /* an eventfd */

    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t news;  /* broadcast: something has been heard */
    int heard;            /* signals */
    size_t at_work;       /* threads that have not ended */
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
    how = how_locked(c);
    pthread_mutex_unlock(&c->lock);
    return how != CREW_STOP && c->step(c, how, c->arg);
}

static void *worker_main(void *arg)
{
    struct crew *c = arg;

    while (work(c)) {
    }
    if (sign_off(c, 1)) {
        eventfd_write(c->over, 1);
    }
    return NULL;
}

/* Read all signals that are there.
 * Returns `first`, or if that is 0 the first of them. */
static int take_all(struct crew *c, int signal_fd, int first)
{
    struct signalfd_siginfo info;

    while (read(signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        first = first == 0 ? (int)info.ssi_signo : first;
        hear(c, 1);
    }
    return first;
}

/* Sleep until the last thread says that it is over.
 * Returns the first signal that was heard, or 0. */
static int listen_to_all(struct crew *c, int signal_fd)
{
    struct pollfd fds[] = {{.fd = signal_fd, .events = POLLIN},
                           {.fd = c->over, .events = POLLIN}};
    int first = 0;

    while ((fds[1].revents & POLLIN) == 0) {
        poll(fds, 2, -1);
        first = take_all(c, signal_fd, first);
    }
    return first;
}

static int run(struct crew *c, pthread_t threads[], size_t workers,
               int signal_fd, int *out_first)
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
        *out_first = listen_to_all(c, signal_fd);
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
                     .lock = PTHREAD_MUTEX_INITIALIZER,
                     .news = PTHREAD_COND_INITIALIZER};
    pthread_t *threads = NULL;
    sigset_t signals;
    sigset_t before;
    int first = 0;
    int signal_fd = -1;
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
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    c.over = eventfd(0, EFD_CLOEXEC);
    if (signal_fd < 0 || c.over < 0) {
        rc = errno;
    } else {
        rc = run(&c, threads, workers, signal_fd, &first);
        first = take_all(&c, signal_fd, first);
    }
    if (signal_fd >= 0) {
        close(signal_fd);
    }
    if (c.over >= 0) {
        close(c.over);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_cond_destroy(&c.news);
    pthread_mutex_destroy(&c.lock);
    free(threads);
    if (rc == 0) {
        *out_signal = first;
    }
    return rc;
}
