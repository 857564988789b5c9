/* SPDX-License-Identifier: MIT */
/* wrap_cancel.c - cancellation and signals.
 *
 * The library's own cancellation is what runs the clean-up handlers. It finds
 * a thread that blocks in the kernel; under control a thread sleeps in the
 * scheduler instead, where the library cannot see that it is at a cancellation
 * point. So pthread_cancel also makes it ready, and when it has the turn, and
 * the mutex if it waited on a condition, it asks the library.
 *
 * A wait for a signal is not modelled: the thread gives up its turn, sleeps in
 * the kernel, and queues up when it is back. */
#include "fiber.h"
#include "hb.h"
#include "io.h"
#include "rt.h"
#include "scheduler.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { SETTLE_TRIES = 400 }; /* 20 ms, for handlers that run on and on */

REAL(int, pthread_cancel, (pthread_t));
REAL(void, pthread_testcancel, (void));
REAL(int, pthread_kill, (pthread_t, int));
REAL(int, kill, (pid_t, int));
REAL(int, pthread_sigmask, (int, const sigset_t *, sigset_t *));
REAL(int, raise, (int));
REAL(unsigned, alarm, (unsigned));
REAL(useconds_t, ualarm, (useconds_t, useconds_t));
REAL(int, setitimer,
     (__itimer_which_t, const struct itimerval *, struct itimerval *));
REAL(int, timer_create, (clockid_t, struct sigevent *, timer_t *));
REAL(int, timer_settime,
     (timer_t, int, const struct itimerspec *, struct itimerspec *));
REAL(int, pause, (void));
REAL(int, sigsuspend, (const sigset_t *));
REAL(int, sigwait, (const sigset_t *, int *));
REAL(int, sigwaitinfo, (const sigset_t *, siginfo_t *));
REAL(int, sigtimedwait,
     (const sigset_t *, siginfo_t *, const struct timespec *));

/* -- cancellation ---------------------------------------------------------- */

/* Only the thread itself can change it, so it stays true while it sleeps. */
static bool cancellation_enabled(void)
{
    int state = PTHREAD_CANCEL_DISABLE;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    pthread_setcancelstate(state, NULL);
    return state == PTHREAD_CANCEL_ENABLE;
}

enum rt_why rt_block_point(struct rt_thread *t, uint64_t until, bool may_wake)
{
    enum rt_why why;

    t->cancellable = cancellation_enabled();
    why = sched_block(t, until, may_wake);
    t->cancellable = false;
    return why;
}

enum rt_why rt_pause(struct rt_thread *t, uint64_t until)
{
    enum rt_why why = rt_block_point(t, until, false);

    if (why == WHY_CANCELLED) {
        __real_pthread_testcancel();
    }
    return why;
}

void rt_wait_over(void *t)
{
    rt_unblock(t);
}

static void wake_from_join(const struct rt_thread *t)
{
    int joins;

    rt_lock();
    joins = t->wait_thread;
    rt_unlock();
    if (joins >= 0) {
        rt_joiner_wake(&rt->threads[joins]);
    }
}

int __wrap_pthread_cancel(pthread_t handle)
{
    struct rt_thread *t = rt_self();
    struct rt_thread *target;
    struct rt_stack at;
    int rc;

    fiber_unfit();
    rt_point(t);
    sched_unmodelled();
    rt_walk(&at, __builtin_frame_address(0), t->stack_top);
    rt_lock();
    target = rt_thread_of(handle);
    if (target != NULL) {
        target->cancelled_by = rt_index(t);
        target->cancelled_at = at;
    }
    rt_unlock();
    sched_step(t, OP_CANCEL, -1, target != NULL ? rt_index(target) : -1,
               RT_CALLER);
    hb_send(t);
    if (target != NULL) {
        hb_join(target, t); /* for its clean-up handlers */
    }
    rc = __real_pthread_cancel(handle);
    if (rc == 0 && target != NULL) {
        sched_cancel(target);
        wake_from_join(target);
    }
    rt_point(t);
    return rc;
}

void __wrap_pthread_testcancel(void)
{
    rt_point(rt_self());
    __real_pthread_testcancel();
}

/* -- signals --------------------------------------------------------------- */

/* The value behind `name` in /proc/.../status, a mask of signals. */
static uint64_t mask_in(const char *status, const char *name)
{
    const char *at = strstr(status, name);

    return at != NULL ? strtoull(at + strlen(name), NULL, 16) : 0;
}

/* Nothing is to be expected of thread `i` because of this signal: it sleeps,
 * and has not got it, or has, and its handler is over or waits for its turn. */
static bool has_settled(int i, uint64_t bit)
{
    char path[64], text[2048];
    uint64_t open;

    snprintf(path, sizeof path, "/proc/self/task/%d/status",
             atomic_load(&rt->threads[i].tid));
    if (!rt_slurp(path, text, sizeof text)) {
        return true; /* it has ended */
    }
    open = (mask_in(text, "SigPnd:") | mask_in(text, "ShdPnd:")) &
           ~mask_in(text, "SigBlk:");
    return strstr(text, "State:\tR") == NULL && (open & bit) == 0;
}

/* A thread that waits in the model runs its handler at once, as far as the
 * first call that needs the turn. Nobody may be told before that nothing will
 * happen any more. */
static void await_handlers(const struct rt_thread *t, int sig)
{
    static const struct timespec tick = {0, 50000};
    uint64_t bit = sig > 0 ? 1ull << (sig - 1) : 0;
    int tries = 0;

    for (int i = 0; i < atomic_load(&rt->thread_count) && bit != 0; i++) {
        rt_futex_wake(&rt->threads[i].baton); /* for rt_tools_handlers */
        while (i != rt_index(t) && !has_settled(i, bit) &&
               tries++ < SETTLE_TRIES) {
            syscall(SYS_nanosleep, &tick, NULL);
        }
    }
}

/* Under control the threads share a processor, so the handler is the first
 * thing that another thread does when it runs again. It must not find its
 * thread with rt_lock: ours until the signal is on its way. */
static int send(struct rt_thread *t, pthread_t handle, int sig)
{
    bool other = sched_on() && !pthread_equal(handle, t->handle);
    int rc;

    if (other) {
        rt_lock();
    }
    rc = __real_pthread_kill(handle, sig);
    if (other) {
        rt_unlock();
    }
    if (other && rc == 0) {
        await_handlers(t, sig);
    }
    return rc;
}

int __wrap_pthread_kill(pthread_t handle, int sig)
{
    struct rt_thread *t = rt_self(), *target;
    int rc;

    fiber_unfit();
    rt_point(t);
    rt->signalled = true;
    sched_unmodelled();
    target = rt_thread_of(handle);
    if (target != NULL) {
        hb_join(target, t); /* for its handler */
    }
    hb_send(t);
    if (target != NULL && sig != 0) {
        sched_step(t, OP_KILL, -1, rt_index(target), RT_CALLER);
    }
    rc = send(t, handle, sig);
    rt_point(t);
    return rc;
}

/* To the process: any of its threads may be the one that takes it. It may be
 * this one, whose handler must not find rt_lock taken. */
int __wrap_kill(pid_t process, int sig)
{
    struct rt_thread *t;
    int rc;

    if (!rt_bound() || rt_forked()) {
        return __real_kill(process, sig); /* the server, or a forked process */
    }
    fiber_unfit();
    t = rt_self();
    rt_point(t);
    rt->signalled = true;
    sched_unmodelled();
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        hb_join(&rt->threads[i], t); /* for its handler */
    }
    hb_send(t);
    if (sig != 0 && process == getpid()) {
        sched_step(t, OP_KILL_ALL, -1, -1, RT_CALLER);
    }
    rc = __real_kill(process, sig);
    if (sched_on() && rc == 0) {
        await_handlers(t, sig);
    }
    rt_point(t);
    return rc;
}

int __wrap_raise(int sig)
{
    rt_point(rt_self());
    return __real_raise(sig);
}

int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    fiber_unfit();
    rt_point(rt_self());
    return __real_pthread_sigmask(how, set, old);
}

/* Timers that signal: they run on real time, and a standstill is none while one
 * may yet go off. */
#define SETS_TIMER(real)     \
    if (rt_bound()) {        \
        fiber_unfit();       \
        rt_point(rt_self()); \
        rt->has_help = true; \
        sched_unmodelled();  \
        hb_send(rt_self());  \
    }                        \
    return real

unsigned __wrap_alarm(unsigned seconds)
{
    SETS_TIMER(__real_alarm(seconds));
}

useconds_t __wrap_ualarm(useconds_t first, useconds_t then)
{
    SETS_TIMER(__real_ualarm(first, then));
}

int __wrap_setitimer(__itimer_which_t which, const struct itimerval *set,
                     struct itimerval *old)
{
    SETS_TIMER(__real_setitimer(which, set, old));
}

static void remember_timer(timer_t timer)
{
    for (int i = 0; i < rt->timer_count; i++) {
        if (rt->timers[i] == timer) {
            return;
        }
    }
    if (rt->timer_count < RT_TIMERS) {
        rt->timers[rt->timer_count++] = timer;
    }
}

bool rt_timer_runs(void)
{
    struct itimerval left = {0};
    struct itimerspec of;

    getitimer(ITIMER_REAL, &left);
    for (int i = 0; i < rt->timer_count; i++) {
        if (timer_gettime(rt->timers[i], &of) == 0 &&
            (of.it_value.tv_sec > 0 || of.it_value.tv_nsec > 0)) {
            return true;
        }
    }
    return left.it_value.tv_sec > 0 || left.it_value.tv_usec > 0;
}

int __wrap_timer_create(clockid_t clock, struct sigevent *event, timer_t *out)
{
    if (rt_bound() && event != NULL && event->sigev_notify == SIGEV_THREAD) {
        rt->foreign = true;
    }
    return __real_timer_create(clock, event, out);
}

int __wrap_timer_settime(timer_t timer, int flags, const struct itimerspec *set,
                         struct itimerspec *old)
{
    if (rt_bound()) {
        rt_lock();
        remember_timer(timer);
        rt_unlock();
    }
    SETS_TIMER(__real_timer_settime(timer, flags, set, old));
}

IO_OUTSIDE(int, pause, (void), __real_pause(), false)
IO_OUTSIDE(int, sigsuspend, (const sigset_t *mask), __real_sigsuspend(mask),
           false)
IO_OUTSIDE(int, sigwait, (const sigset_t *set, int *out),
           __real_sigwait(set, out), false)
IO_OUTSIDE(int, sigwaitinfo, (const sigset_t *set, siginfo_t *info),
           __real_sigwaitinfo(set, info), false)
IO_OUTSIDE(int, sigtimedwait,
           (const sigset_t *set, siginfo_t *info, const struct timespec *limit),
           __real_sigtimedwait(set, info, limit), false)
