/* SPDX-License-Identifier: MIT */
/* wrap_time.c - sleeping, yielding, and asking what time it is.
 *
 * Under control time is virtual: the clock stands still while anybody can
 * run. A program that watches the clock in a loop still sees it move: each
 * look takes twice as long as the one before, until the thread does something
 * else. */
#include "access.h"
#include "rt.h"
#include "scheduler.h"
#include "shadow.h"
#include "steps.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <errno.h>
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

/* Under control a sleep only lets the clock go on. 0, or EINTR with what is
 * left of it. */
static int sleep_until(struct rt_thread *t, uint64_t until,
                       struct timespec *left, uintptr_t pc)
{
    enum rt_why why;

    __real_pthread_testcancel();
    step_made(t, OP_SLEEP, -1, -1, pc);
    do {
        why = rt_pause(t, until, EINTR_ALWAYS);
    } while (!rt_gave_up(why));
    if (why == WHY_TIME) {
        return 0;
    }
    if (left != NULL) {
        *left =
            sched_timespec_of(until > sched_now() ? until - sched_now() : 0);
    }
    return EINTR;
}

static int failed(int error)
{
    if (error == 0) {
        return 0;
    }
    errno = error;
    return -1;
}

static long ms_of(const struct timespec *t)
{
    long s = t->tv_sec < 1000000000L ? t->tv_sec : 1000000000L;

    return s * 1000 + t->tv_nsec / 1000000;
}

/* Under control the call is `modelled`, else `real`. */
#define SLEEPS(ms, modelled, real, c)             \
    struct rt_thread *t = rt_self();              \
    int rc;                                       \
    rt_look(t);                                   \
    atomic_fetch_add(&t->naps, 1);                \
    t->wait_ms = (ms);                            \
    rt_block(t, RT_SLEEPING, -1, -1, (c)->frame); \
    pthread_cleanup_push(rt_wait_over, t);        \
    rc = sched_on() ? (modelled) : (int)(real);   \
    pthread_cleanup_pop(1);                       \
    return rc

int __wrap_usleep(useconds_t us)
{
    const struct call *c = HERE;

    SLEEPS(us / 1000,
           failed(sleep_until(t, sched_now() + us * 1000ull, NULL, c->pc)),
           __real_usleep(us), c);
}

static int sleep_seconds(unsigned s, const struct call *c)
{
    struct timespec left = {0, 0};

    SLEEPS(s * 1000L,
           (sleep_until(t, sched_now() + s * 1000000000ull, &left, c->pc),
            (int)left.tv_sec),
           __real_sleep(s), c);
}

unsigned __wrap_sleep(unsigned s)
{
    return (unsigned)sleep_seconds(s, HERE);
}

int __wrap_nanosleep(const struct timespec *want, struct timespec *left)
{
    const struct call *c = HERE;

    if (!sched_time_is_good(want)) {
        return __real_nanosleep(want, left);
    }
    SLEEPS(ms_of(want), failed(sleep_until(t, sched_after(want), left, c->pc)),
           __real_nanosleep(want, left), c);
}

int rt_sleep(clockid_t clock, int flags, const struct timespec *want,
             struct timespec *left, const struct call *c)
{
    bool absolute = (flags & TIMER_ABSTIME) != 0;

    if (!sched_time_is_good(want)) {
        return __real_clock_nanosleep(clock, flags, want, left);
    }
    SLEEPS(absolute ? rt_remaining_ms(want) : ms_of(want),
           sleep_until(
               t, absolute ? sched_deadline(clock, want) : sched_after(want),
               absolute ? NULL : left, c->pc),
           __real_clock_nanosleep(clock, flags, want, left), c);
}

int __wrap_clock_nanosleep(clockid_t clock, int flags,
                           const struct timespec *want, struct timespec *left)
{
    return rt_sleep(clock, flags, want, left, HERE);
}

void rt_yield(const struct call *c)
{
    struct rt_thread *t = rt_self();

    rt_look(t);
    rt_walk(&t->wait, c->frame, t->stack_top);
    if (sched_on()) {
        sched_point(t, true);
    } else {
        __real_sched_yield();
    }
}

int __wrap_sched_yield(void)
{
    rt_yield(HERE);
    return 0;
}

/* -- clocks -----------------------------------------------------------------
 */

static uint64_t real_now(clockid_t clock)
{
    struct timespec t;

    __real_clock_gettime(clock, &t);
    return sched_ns_of(&t);
}

deadline rt_realtime(clockid_t clock, deadline until, struct timespec *out)
{
    int64_t left;

    *out = *until;
    if (clock != CLOCK_REALTIME && until->tv_sec >= 0 &&
        until->tv_sec < 1000000000 && until->tv_nsec >= 0 &&
        until->tv_nsec < 1000000000) { /* else it is for the call to judge */
        left = (int64_t)(sched_ns_of(until) - real_now(clock));
        left += (int64_t)real_now(CLOCK_REALTIME);
        *out = (struct timespec){left / 1000000000, left % 1000000000};
    }
    return out;
}

static bool is_virtual(clockid_t clock)
{
    return sched_on() && clock != CLOCK_PROCESS_CPUTIME_ID &&
           clock != CLOCK_THREAD_CPUTIME_ID && clock >= 0;
}

static void look_at_clock(clockid_t clock, struct timespec *out)
{
    struct rt_thread *t = rt_self();
    unsigned before = t->ops;

    rt_look(t);
    t->looks = t->looked_at == before && t->looks < 30 ? t->looks + 1 : 0;
    t->looked_at = t->ops;
    sched_wind(1000ull << t->looks);
    sched_clock(clock, out);
}

/* What the modelled call writes to the program's memory. */
#define WRITES(out) \
    access_instead((out), sizeof *(out), ACCESS_WRITE, c->pc, c->frame)

int __wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
    const struct call *c = HERE;
    int rc;

    if (!is_virtual(clock)) {
        rt_tools_enter(c->pc);
        rc = __real_clock_gettime(clock, out);
        rt_tools_leave();
        return rc;
    }
    look_at_clock(clock, out);
    WRITES(out);
    return 0;
}

int __wrap_gettimeofday(struct timeval *out, void *zone)
{
    const struct call *c = HERE;
    struct timespec now;

    if (!sched_on()) {
        return __real_gettimeofday(out, zone);
    }
    look_at_clock(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    WRITES(out);
    return 0;
}

time_t __wrap_time(time_t *out)
{
    const struct call *c = HERE;
    struct timespec now;

    if (!sched_on()) {
        return __real_time(out);
    }
    look_at_clock(CLOCK_REALTIME, &now);
    if (out != NULL) {
        *out = now.tv_sec;
        WRITES(out);
    }
    return now.tv_sec;
}
