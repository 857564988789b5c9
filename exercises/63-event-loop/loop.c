/* SPDX-License-Identifier: MIT */
/* loop.c - one thread that makes calls when it is time. Your work; see loop.h.
 */
#include "loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

struct loop {
    struct calls ready; /* TODO: the rest; which belongs to the loop's thread
                         * alone, and which is shared and guarded by a lock? */
};

/* TODO: an epoll, and an eventfd in it. What if only one can be had? */
struct loop *loop_create(void)
{
    return NULL;
}

/* TODO: sleep in epoll_wait, for how long? Gather what is ready; then make
 * these calls, and no newer ones. */
void loop_run(struct loop *l)
{
    (void)l;
}

/* TODO: what if the loop sleeps, or does not run yet? */
void loop_stop(struct loop *l)
{
    (void)l;
}

/* TODO: does this need a lock? */
int loop_call_soon(struct loop *l, void (*fn)(void *arg), void *arg)
{
    (void)l;
    (void)fn;
    (void)arg;
    return ENOSYS;
}

/* TODO: and this? */
int loop_call_soon_threadsafe(struct loop *l, void (*fn)(void *arg), void *arg)
{
    (void)l;
    (void)fn;
    (void)arg;
    return ENOSYS;
}

/* TODO: remember the moment, not the delay. */
int loop_call_later(struct loop *l, unsigned ms, void (*fn)(void *arg),
                    void *arg)
{
    (void)l;
    (void)ms;
    (void)fn;
    (void)arg;
    return ENOSYS;
}

/* TODO: epoll_ctl, and a pointer by which the event finds its call. */
int loop_call_readable(struct loop *l, int fd, void (*fn)(void *arg), void *arg)
{
    (void)l;
    (void)fd;
    (void)fn;
    (void)arg;
    return ENOSYS;
}

/* TODO: who calls done, and who joins the thread? */
int loop_to_thread(struct loop *l, void (*work)(void *arg),
                   void (*done)(void *arg), void *arg)
{
    (void)l;
    (void)work;
    (void)done;
    (void)arg;
    return ENOSYS;
}

/* TODO: wait for the threads first; they may still call you. */
void loop_close(struct loop *l)
{
    (void)l;
}
