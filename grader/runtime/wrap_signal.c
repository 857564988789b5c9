/* SPDX-License-Identifier: MIT */
/* wrap_signal.c - signals: sending them, and waiting for them.
 *
 * Signals are real. Under control whoever sends one goes on when it has
 * arrived: a thread that sleeps in the model runs its handler at once, as far
 * as the first call that needs the turn. sigwait and its like look again
 * whenever one may have come. pause and sigsuspend are not modelled: the thread
 * gives up its turn, sleeps in the kernel, and queues up when it is back. */
#include "access.h"
#include "fiber.h"
#include "hb.h"
#include "io.h"
#include "rt.h"
#include "scheduler.h"
#include "shadow.h"
#include "steps.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SETTLE_TRIES = 400 }; /* 20 ms, for handlers that run on and on */

REAL(int, pthread_kill, (pthread_t, int));
REAL(int, kill, (pid_t, int));
REAL(int, sigqueue, (pid_t, int, const union sigval));
REAL(int, pthread_sigmask, (int, const sigset_t *, sigset_t *));
REAL(int, raise, (int));
REAL(int, pause, (void));
REAL(int, sigsuspend, (const sigset_t *));
REAL(int, sigwait, (const sigset_t *, int *));
REAL(int, sigwaitinfo, (const sigset_t *, siginfo_t *));
REAL(int, sigtimedwait,
     (const sigset_t *, siginfo_t *, const struct timespec *));

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

static void settle(int i, uint64_t bit, int *tries)
{
    static const struct timespec tick = {0, 50000};

    while (!has_settled(i, bit) && (*tries)++ < SETTLE_TRIES) {
        syscall(SYS_nanosleep, &tick, NULL);
    }
}

/* Whoever sleeps is left alone first: the kernel tells it that a handler has
 * interrupted it only if nobody has woken it since. */
void rt_await_handlers(const struct rt_thread *t, int sig)
{
    uint64_t bit = sig > 0 ? 1ull << (sig - 1) : 0;
    int tries = 0;

    for (int i = 0; i < atomic_load(&rt->thread_count) && bit != 0; i++) {
        if (i != rt_index(t)) {
            settle(i, bit, &tries);
            rt_futex_wake(&rt->threads[i].baton); /* for rt_tools_handlers */
            settle(i, bit, &tries);
        }
    }
}

bool rt_lets_in(int tid, int sig)
{
    char path[64], text[2048];

    snprintf(path, sizeof path, "/proc/self/task/%d/status", tid);
    return rt_slurp(path, text, sizeof text) &&
           (mask_in(text, "SigBlk:") & 1ull << (sig - 1)) == 0;
}

/* Under control the threads share a processor, so the handler is the first
 * thing that another thread does when it runs again. It must not find its
 * thread with rt_lock: ours until the signal is on its way. */
static int send(const struct rt_thread *t, pthread_t handle, int sig)
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
    return rc;
}

/* The signal is on its way, if `rc` is 0. */
static void sent(struct rt_thread *t, int rc, int sig)
{
    if (sched_on() && rc == 0) {
        rt_await_handlers(t, sig);
        io_tell(); /* who waits for it in a call */
    }
    rt_tools_handlers();
    rt_point(t);
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
        step_made(t, OP_KILL, -1, rt_index(target), RT_CALLER);
    }
    rc = send(t, handle, sig);
    sent(t, rc, sig);
    return rc;
}

/* To the process: any of its threads may be the one that takes it. It may be
 * this one, whose handler must not find rt_lock taken. */
static struct rt_thread *begin_to_process(pid_t process, int sig, uintptr_t pc)
{
    struct rt_thread *t = rt_self();

    fiber_unfit();
    rt_point(t);
    rt->signalled = true;
    sched_unmodelled();
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        hb_join(&rt->threads[i], t); /* for its handler */
    }
    hb_send(t);
    if (sig != 0 && process == getpid()) {
        step_made(t, OP_KILL_ALL, -1, -1, pc);
    }
    return t;
}

#define TO_PROCESS(name, params, real)                         \
    int __wrap_##name params                                   \
    {                                                          \
        struct rt_thread *t;                                   \
        int rc;                                                \
        if (!rt_bound() || rt_forked()) {                      \
            return real; /* the server, or a forked process */ \
        }                                                      \
        t = begin_to_process(process, sig, RT_CALLER);         \
        rc = real;                                             \
        sent(t, rc, sig);                                      \
        return rc;                                             \
    }
TO_PROCESS(kill, (pid_t process, int sig), __real_kill(process, sig))
TO_PROCESS(sigqueue, (pid_t process, int sig, const union sigval value),
           __real_sigqueue(process, sig, value))

int __wrap_raise(int sig)
{
    int rc;

    rt_point(rt_self());
    rc = __real_raise(sig);
    if (sched_on()) {
        io_tell();
    }
    return rc;
}

int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    fiber_unfit();
    rt_point(rt_self());
    return __real_pthread_sigmask(how, set, old);
}

/* -- waits for a signal -----------------------------------------------------
 */

IO_OUTSIDE(int, pause, (void), __real_pause(), false, NULL, 0)
IO_OUTSIDE(int, sigsuspend, (const sigset_t *mask), __real_sigsuspend(mask),
           false, NULL, 0)

/* Looks, under control, each time that a signal may have come. */
static int await_signal(struct io_call *c, const sigset_t *set, siginfo_t *info,
                        const struct timespec *limit)
{
    static const struct timespec at_once = {0, 0};
    struct io_wait w = {.unseen = true, .signal = true};
    enum rt_why why = WHY_TOLD;
    uint64_t until;
    int sig;

    if (!sched_on()) {
        io_go_out(c, -1);
        return limit != NULL ? __real_sigtimedwait(set, info, limit)
                             : __real_sigwaitinfo(set, info);
    }
    until = sched_after(limit);
    while ((sig = __real_sigtimedwait(set, info, &at_once)) < 0 &&
           errno == EAGAIN && until > sched_now() && !rt_gave_up(why)) {
        why = io_await(c, &w, -1, until);
    }
    if (sig < 0) {
        errno = why == WHY_SIGNAL || errno == EINTR ? EINTR : EAGAIN;
    }
    return sig;
}

int __wrap_sigtimedwait(const sigset_t *set, siginfo_t *info,
                        const struct timespec *limit)
{
    struct io_call c = IO_CALL(sigtimedwait, -1, false);
    int rc;

    if (limit == NULL || limit->tv_sec < 0 || !sched_time_is_good(limit) ||
        !io_begin(&c)) {
        return __real_sigtimedwait(set, info, limit);
    }
    rc = await_signal(&c, set, info, limit);
    io_end(&c, rc);
    return rc;
}

int __wrap_sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
    struct io_call c = IO_CALL(sigwaitinfo, -1, false);
    int rc;

    if (!io_begin(&c)) {
        return __real_sigwaitinfo(set, info);
    }
    rc = await_signal(&c, set, info, NULL);
    io_end(&c, rc);
    return rc;
}

int __wrap_sigwait(const sigset_t *set, int *out)
{
    struct io_call c = IO_CALL(sigwait, -1, false);
    int rc;

    if (!io_begin(&c)) {
        return __real_sigwait(set, out);
    }
    do { /* unlike the others it is not interrupted */
        rc = await_signal(&c, set, NULL, NULL);
    } while (rc < 0 && errno == EINTR);
    io_end(&c, rc);
    if (rc < 0) {
        return errno;
    }
    *out = rc;
    access_instead(out, sizeof *out, ACCESS_WRITE, c.pc, c.frame);
    return 0;
}
