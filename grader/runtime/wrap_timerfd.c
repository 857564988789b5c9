/* SPDX-License-Identifier: MIT */
/* wrap_timerfd.c - timers that are descriptors, on the virtual clock.
 *
 * Under control a timer is an eventfd, to which the runtime adds when the
 * clock passes its time: an eventfd is read, polled and emptied just like a
 * timerfd. Not modelled: duplicates are set through the first descriptor
 * only, and nobody is told that the clock was set. */
#include "countdown.h"
#include "io.h"
#include "scheduler.h"
#include "wrap.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

REAL(int, timerfd_create, (clockid_t, int));
REAL(int, timerfd_settime,
     (int, int, const struct itimerspec *, struct itimerspec *));
REAL(int, timerfd_gettime, (int, struct itimerspec *));

enum { TIMERS = 32 };

static struct timer {
    int fd;
    bool used;
    struct countdown down;
} timers[TIMERS]; /* changed by the thread with the turn */

static struct timer *timer_of(int fd)
{
    for (int i = 0; i < TIMERS; i++) {
        if (timers[i].used && timers[i].fd == fd) {
            return &timers[i];
        }
    }
    return NULL;
}

void timerfd_closed(int fd)
{
    struct timer *timer = timer_of(fd);

    if (timer != NULL) {
        timer->used = false;
    }
}

uint64_t timerfd_next(void)
{
    uint64_t first = SCHED_NEVER;

    for (int i = 0; i < TIMERS; i++) {
        const struct timer *timer = &timers[i];
        if (timer->used && timer->down.due < first &&
            !io_ready(timer->fd, POLLIN)) {
            first = timer->down.due;
        }
    }
    return first;
}

/* Descriptors may be closed in ways we do not see, and come back as others. */
static bool still_ours(const struct timer *timer)
{
    char path[32], name[32] = "";

    snprintf(path, sizeof path, "/proc/self/fd/%d", timer->fd);
    return readlink(path, name, sizeof name - 1) > 0 &&
           strstr(name, "eventfd") != NULL;
}

static void run_out(struct timer *timer)
{
    uint64_t times = countdown_run_out(&timer->down);

    timer->used = still_ours(timer);
    if (timer->used) {
        syscall(SYS_write, timer->fd, &times, sizeof times);
    }
}

bool timerfd_reached(void)
{
    bool any = false;

    for (int i = 0; i < TIMERS; i++) {
        if (timers[i].used && timers[i].down.due <= sched_now()) {
            run_out(&timers[i]);
            any = true;
        }
    }
    return any;
}

int __wrap_timerfd_create(clockid_t clock, int flags)
{
    struct timer *timer = NULL;
    int fd;

    for (int i = 0; i < TIMERS; i++) {
        timer = timers[i].used ? timer : &timers[i];
    }
    if (!sched_on() || timer == NULL ||
        (flags & ~(TFD_NONBLOCK | TFD_CLOEXEC)) != 0) {
        return __real_timerfd_create(clock, flags);
    }
    fd = eventfd(0, flags);
    if (fd >= 0) {
        *timer = (struct timer){fd, true, {clock, SCHED_NEVER, 0}};
    }
    return fd;
}

int __wrap_timerfd_gettime(int fd, struct itimerspec *out)
{
    struct timer *timer = sched_on() ? timer_of(fd) : NULL;

    if (timer == NULL) {
        return __real_timerfd_gettime(fd, out);
    }
    *out = countdown_setting(&timer->down);
    return 0;
}

/* A timer that is set anew has not run out yet. */
static void empty(int fd)
{
    uint64_t times;

    if (io_ready(fd, POLLIN)) {
        syscall(SYS_read, fd, &times, sizeof times);
    }
}

int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *to,
                           struct itimerspec *was)
{
    struct timer *timer = sched_on() ? timer_of(fd) : NULL;

    if (timer == NULL || to == NULL || !sched_time_is_good(&to->it_value) ||
        to->it_value.tv_sec < 0) {
        return __real_timerfd_settime(fd, flags, to, was);
    }
    rt_point(rt_self());
    if (was != NULL) {
        *was = countdown_setting(&timer->down);
    }
    empty(fd);
    countdown_set(&timer->down, flags, to);
    sched_outside.reached(); /* its time may have passed already */
    return 0;
}
