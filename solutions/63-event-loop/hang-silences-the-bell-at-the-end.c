/* SPDX-License-Identifier: MIT */
/* Wrong: loop_run tidies up before it returns and silences the bell, without a
 * look into the list. What others handed in before that is still there in the
 * next run, which sleeps, as nothing rings. */
#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

enum { EVENTS = 8 }; /* at most so many descriptors in one round */

struct loop {
    int epoll; /* constant after create */
    int bell;  /* likewise */

    /* The loop's thread alone uses these. */
    struct calls ready;   /* to be made in the next round */
    struct calls timers;  /* by time */
    struct calls waiting; /* for a descriptor */
    struct work *working; /* every thread that is not joined */

    pthread_mutex_t lock;  /* guards what follows */
    struct calls incoming; /* after an append the bell is rung */
    bool stopped;          /* likewise when it becomes true */
};

struct work {
    struct loop *loop;
    void (*work)(void *arg);
    void (*done)(void *arg);
    void *arg;
    struct call *finished; /* what the thread hands in at its end */
    pthread_t thread;
    struct work *next;
};

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct loop *loop_create(void)
{
    struct loop *l = calloc(1, sizeof(*l));
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};

    if (l == NULL) {
        return NULL;
    }
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->epoll < 0 || l->bell < 0 ||
        epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->bell, &e) != 0) {
        if (l->epoll >= 0) {
            close(l->epoll);
        }
        if (l->bell >= 0) {
            close(l->bell);
        }
        free(l);
        return NULL;
    }
    pthread_mutex_init(&l->lock, NULL);
    return l;
}

/* How long epoll may sleep. Rounded up: too late is allowed. */
static int patience_ms(const struct loop *l)
{
    uint64_t now = 0;
    uint64_t ms = 0;

    if (l->ready.first != NULL) {
        return 0;
    }
    if (l->timers.first == NULL) {
        return -1;
    }
    now = now_ns();
    if (l->timers.first->when_ns <= now) {
        return 0;
    }
    ms = (l->timers.first->when_ns - now + 999999) / 1000000;
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

static void silence_bell(struct loop *l)
{
    eventfd_t rings = 0;

    eventfd_read(l->bell, &rings);
}

static void take_incoming(struct loop *l)
{
    struct call *c = NULL;

    pthread_mutex_lock(&l->lock);
    while ((c = calls_take(&l->incoming)) != NULL) {
        calls_put(&l->ready, c);
    }
    pthread_mutex_unlock(&l->lock);
}

/* There is something to read for this call. */
static void stop_waiting(struct loop *l, struct call *c)
{
    epoll_ctl(l->epoll, EPOLL_CTL_DEL, c->fd, NULL);
    calls_remove(&l->waiting, c);
    calls_put(&l->ready, c);
}

/* Whatever epoll says about the time, the clock decides. */
static void take_due_timers(struct loop *l)
{
    uint64_t now = now_ns();

    while (l->timers.first != NULL && l->timers.first->when_ns <= now) {
        calls_put(&l->ready, calls_take(&l->timers));
    }
}

/* Sleep until there is something to do, and put that into `ready`. */
static void gather(struct loop *l)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(l->epoll, events, EVENTS, patience_ms(l));

    for (int i = 0; i < n; i++) {
        if (events[i].data.ptr == NULL) {
            silence_bell(l);
            take_incoming(l);
        } else {
            stop_waiting(l, events[i].data.ptr);
        }
    }
    take_due_timers(l);
}

static bool take_stop(struct loop *l)
{
    bool stopped = false;

    pthread_mutex_lock(&l->lock);
    stopped = l->stopped;
    l->stopped = false;
    pthread_mutex_unlock(&l->lock);
    return stopped;
}

void loop_run(struct loop *l)
{
    while (!take_stop(l)) {
        struct calls round;
        struct call *c = NULL;

        gather(l);
        round = l->ready; /* what these ask for is of the next round */
        l->ready = (struct calls){NULL};
        while ((c = calls_take(&round)) != NULL) {
            c->fn(c->arg);
            free(c);
        }
    }
    silence_bell(l);
}

static void ring_bell(struct loop *l)
{
    eventfd_write(l->bell, 1);
}

void loop_stop(struct loop *l)
{
    pthread_mutex_lock(&l->lock);
    l->stopped = true;
    pthread_mutex_unlock(&l->lock);
    ring_bell(l);
}

int loop_call_soon(struct loop *l, void (*fn)(void *arg), void *arg)
{
    struct call *c = call_new(fn, arg);

    if (c == NULL) {
        return ENOMEM;
    }
    calls_put(&l->ready, c);
    return 0;
}

static void hand_in(struct loop *l, struct call *c)
{
    pthread_mutex_lock(&l->lock);
    calls_put(&l->incoming, c);
    pthread_mutex_unlock(&l->lock);
    ring_bell(l);
}

int loop_call_soon_threadsafe(struct loop *l, void (*fn)(void *arg), void *arg)
{
    struct call *c = call_new(fn, arg);

    if (c == NULL) {
        return ENOMEM;
    }
    hand_in(l, c);
    return 0;
}

int loop_call_later(struct loop *l, unsigned ms, void (*fn)(void *arg),
                    void *arg)
{
    struct call *c = call_new(fn, arg);

    if (c == NULL) {
        return ENOMEM;
    }
    c->when_ns = now_ns() + (uint64_t)ms * 1000000u;
    calls_put_by_time(&l->timers, c);
    return 0;
}

int loop_call_readable(struct loop *l, int fd, void (*fn)(void *arg), void *arg)
{
    struct call *c = call_new(fn, arg);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};

    if (c == NULL) {
        return ENOMEM;
    }
    c->fd = fd;
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) != 0) {
        int error = errno;

        free(c);
        return error;
    }
    calls_put(&l->waiting, c);
    return 0;
}

static void *do_work(void *arg)
{
    struct work *w = arg;

    w->work(w->arg);
    hand_in(w->loop, w->finished);
    return NULL;
}

/* In the loop: the work is done. */
static void finish_work(void *arg)
{
    struct work *w = arg;
    struct work **place = &w->loop->working;

    while (*place != w) {
        place = &(*place)->next;
    }
    *place = w->next;
    pthread_join(w->thread, NULL); /* it has nothing left to do */
    w->done(w->arg);
    free(w);
}

int loop_to_thread(struct loop *l, void (*work)(void *arg),
                   void (*done)(void *arg), void *arg)
{
    struct work *w = calloc(1, sizeof(*w));
    struct call *finished = call_new(finish_work, w);
    int rc = ENOMEM;

    if (w == NULL || finished == NULL) {
        goto out;
    }
    w->loop = l;
    w->work = work;
    w->done = done;
    w->arg = arg;
    w->finished = finished;
    rc = pthread_create(&w->thread, NULL, do_work, w);
    if (rc != 0) {
        goto out;
    }
    w->next = l->working;
    l->working = w;
    return 0;
out:
    free(finished);
    free(w);
    return rc;
}

void loop_close(struct loop *l)
{
    while (l->working != NULL) {
        struct work *w = l->working;

        l->working = w->next;
        pthread_join(w->thread, NULL);
        free(w);
    }
    calls_free(&l->incoming);
    calls_free(&l->ready);
    calls_free(&l->timers);
    calls_free(&l->waiting);
    close(l->bell);
    close(l->epoll);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
