/* SPDX-License-Identifier: MIT */
/* wrap_time.c - sleeping, yielding, and asking what time it is.
 *
 * Under control time is virtual: the clock stands still while anybody can
 * run. A program that watches the clock in a loop still sees it move: each
 * look takes twice as long as the one before, until the thread does something
 * else. */
#include "rt.h"
#include "scheduler.h"
#include "wrap.h"

#include <sys/time.h>
#include <time.h>
#include <unistd.h>

REAL(int, sched_yield, (void));
REAL(int, usleep, (useconds_t));
REAL(unsigned, sleep, (unsigned));
REAL(int, nanosleep, (const struct timespec *, struct timespec *));
REAL(int, clock_nanosleep,
     (clockid_t, int, const struct timespec *, struct timespec *));
REAL(int, clock_gettime, (clockid_t, struct timespec *));
REAL(int, gettimeofday, (struct timeval *, void *));
REAL(time_t, time, (time_t *));

/* Under control a sleep only lets the clock go on. */
static void sleep_until(struct rt_thread *t, uint64_t until, uintptr_t pc)
{
    sched_step(t, OP_SLEEP, -1, -1, pc);
    sched_block(t, until, false);
}

static uint64_t ns_of(const struct timespec *t)
{
    return (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec;
}

#define SLEEPS(t, rc, until, call)                                \
    rt_point(t);                                                  \
    atomic_fetch_add(&(t)->naps, 1);                              \
    rt_block(t, RT_SLEEPING, -1, -1, __builtin_frame_address(0)); \
    if (sched_on()) {                                             \
        sleep_until(t, until, RT_CALLER);                         \
        rc = 0;                                                   \
    } else {                                                      \
        rc = call;                                                \
    }                                                             \
    rt_unblock(t)

int __wrap_usleep(useconds_t us)
{
    struct rt_thread *t = rt_self();
    int rc;

    SLEEPS(t, rc, sched_now() + us * 1000ull, __real_usleep(us));
    return rc;
}

unsigned __wrap_sleep(unsigned s)
{
    struct rt_thread *t = rt_self();
    unsigned rc;

    SLEEPS(t, rc, sched_now() + s * 1000000000ull, __real_sleep(s));
    return rc;
}

int __wrap_nanosleep(const struct timespec *want, struct timespec *left)
{
    struct rt_thread *t = rt_self();
    int rc;

    SLEEPS(t, rc, sched_now() + ns_of(want), __real_nanosleep(want, left));
    return rc;
}

int __wrap_clock_nanosleep(clockid_t clock, int flags,
                           const struct timespec *want, struct timespec *left)
{
    struct rt_thread *t = rt_self();
    int rc;

    SLEEPS(t, rc,
           (flags & TIMER_ABSTIME) != 0 ? sched_deadline(clock, want)
                                        : sched_now() + ns_of(want),
           __real_clock_nanosleep(clock, flags, want, left));
    return rc;
}

int __wrap_sched_yield(void)
{
    struct rt_thread *t = rt_self();

    rt_point(t);
    RT_CALLER_STACK(&t->wait, t);
    if (sched_on()) {
        sched_point(t, true);
        return 0;
    }
    return __real_sched_yield();
}

/* -- clocks -----------------------------------------------------------------
 */

static bool is_virtual(clockid_t clock)
{
    return sched_on() && clock != CLOCK_PROCESS_CPUTIME_ID &&
           clock != CLOCK_THREAD_CPUTIME_ID && clock >= 0;
}

static void look_at_clock(clockid_t clock, struct timespec *out)
{
    struct rt_thread *t = rt_self();
    unsigned before = t->ops;

    rt_point(t);
    t->looks = t->looked_at == before && t->looks < 30 ? t->looks + 1 : 0;
    t->looked_at = t->ops;
    sched_wind(1000ull << t->looks);
    sched_clock(clock, out);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
    if (!is_virtual(clock)) {
        return __real_clock_gettime(clock, out);
    }
    look_at_clock(clock, out);
    return 0;
}

int __wrap_gettimeofday(struct timeval *out, void *zone)
{
    struct timespec now;

    if (!sched_on()) {
        return __real_gettimeofday(out, zone);
    }
    look_at_clock(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t __wrap_time(time_t *out)
{
    struct timespec now;

    if (!sched_on()) {
        return __real_time(out);
    }
    look_at_clock(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}
