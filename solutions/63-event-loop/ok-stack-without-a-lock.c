/* SPDX-License-Identifier: MIT */
/* Right: no lock at all. Other threads push on an atomic stack, which the loop
 * takes as a whole and turns round; the stop is an atomic flag. */
#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

enum { EVENTS = 8 }; /* at most so many descriptors in one round */

struct work {
    struct loop *loop;
    void (*work)(void *arg);
    void (*done)(void *arg);
    void *arg;
    pthread_t thread;
    struct call *end; /* what the thread hands in */
    struct work *next;
    struct work **link; /* what points here */
};

struct loop {
    int epoll; /* constant after create */
    int bell;  /* likewise */

    /* The loop's thread alone uses these. */
    struct calls ready;
    struct calls timers;
    struct calls waiting;
    struct work *works;

    struct call *_Atomic incoming; /* the newest first; then the bell is rung */
    atomic_bool stop;              /* likewise when it becomes true */
};

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void ring(struct loop *l)
{
    eventfd_write(l->bell, 1);
}

static void silence(struct loop *l)
{
    eventfd_t rings = 0;

    eventfd_read(l->bell, &rings);
}

static void push(struct loop *l, struct call *c)
{
    c->next = atomic_load(&l->incoming);
    while (!atomic_compare_exchange_weak(&l->incoming, &c->next, c)) {
    }
    ring(l);
}

/* Move all that came to the end of the ready list. */
static void collect(struct loop *l)
{
    struct call *c = atomic_exchange(&l->incoming, NULL);
    struct call *turned = NULL;

    while (c != NULL) {
        struct call *next = c->next;

        c->next = turned;
        turned = c;
        c = next;
    }
    while (turned != NULL) {
        struct call *next = turned->next;

        calls_put(&l->ready, turned);
        turned = next;
    }
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
    atomic_init(&l->incoming, NULL);
    atomic_init(&l->stop, false);
    if (l->epoll >= 0 && l->bell >= 0 &&
        epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->bell, &e) == 0) {
        return l;
    }
    if (l->epoll >= 0) {
        close(l->epoll);
    }
    if (l->bell >= 0) {
        close(l->bell);
    }
    free(l);
    return NULL;
}

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
    ms = (l->timers.first->when_ns - now + 999999u) / 1000000u;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

static void gather(struct loop *l)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(l->epoll, events, EVENTS, patience_ms(l));
    uint64_t now = 0;

    for (int i = 0; i < n; i++) {
        struct call *c = events[i].data.ptr;

        if (c == NULL) {
            silence(l);
        } else {
            epoll_ctl(l->epoll, EPOLL_CTL_DEL, c->fd, NULL);
            calls_remove(&l->waiting, c);
            calls_put(&l->ready, c);
        }
    }
    collect(l);
    now = now_ns();
    while (l->timers.first != NULL && l->timers.first->when_ns <= now) {
        calls_put(&l->ready, calls_take(&l->timers));
    }
}

void loop_run(struct loop *l)
{
    while (!atomic_exchange(&l->stop, false)) {
        struct calls round;
        struct call *c = NULL;

        gather(l);
        round = l->ready;
        l->ready = (struct calls){NULL};
        while ((c = calls_take(&round)) != NULL) {
            c->fn(c->arg);
            free(c);
        }
    }
}

void loop_stop(struct loop *l)
{
    atomic_store(&l->stop, true);
    ring(l);
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

int loop_call_soon_threadsafe(struct loop *l, void (*fn)(void *arg), void *arg)
{
    struct call *c = call_new(fn, arg);

    if (c == NULL) {
        return ENOMEM;
    }
    push(l, c);
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

static void unlink_work(struct work *w)
{
    *w->link = w->next;
    if (w->next != NULL) {
        w->next->link = w->link;
    }
}

/* In the loop: the work is done. */
static void end_work(void *arg)
{
    struct work *w = arg;

    pthread_join(w->thread, NULL);
    unlink_work(w);
    w->done(w->arg);
    free(w);
}

static void *work_main(void *arg)
{
    struct work *w = arg;

    w->work(w->arg);
    push(w->loop, w->end);
    return NULL;
}

int loop_to_thread(struct loop *l, void (*work)(void *arg),
                   void (*done)(void *arg), void *arg)
{
    struct work *w = malloc(sizeof(*w));
    int rc = 0;

    if (w == NULL) {
        return ENOMEM;
    }
    *w = (struct work){.loop = l, .work = work, .done = done, .arg = arg};
    w->end = call_new(end_work, w);
    if (w->end == NULL) {
        free(w);
        return ENOMEM;
    }
    rc = pthread_create(&w->thread, NULL, work_main, w);
    if (rc != 0) {
        free(w->end);
        free(w);
        return rc;
    }
    w->next = l->works;
    w->link = &l->works;
    if (w->next != NULL) {
        w->next->link = &w->next;
    }
    l->works = w;
    return 0;
}

void loop_close(struct loop *l)
{
    while (l->works != NULL) {
        struct work *w = l->works;

        pthread_join(w->thread, NULL);
        unlink_work(w);
        free(w);
    }
    collect(l);
    calls_free(&l->ready);
    calls_free(&l->timers);
    calls_free(&l->waiting);
    close(l->bell);
    close(l->epoll);
    free(l);
}
