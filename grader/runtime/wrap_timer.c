/* SPDX-License-Identifier: MIT */
/* wrap_timer.c - timers that send signals: alarm, setitimer, timer_settime.
 *
 * Under control they follow the virtual clock. When it passes a timer's time
 * the signal is owed, and is sent at the next place where handlers may run
 * (sched_outside.ring). A thread that never calls anything would never see the
 * virtual clock move, so the real timer is set as well, to no less than
 * BACKUP_NS: it goes off in a run that takes so long, and the virtual clock
 * follows it.
 *
 * Not modelled, so on the machine's clock: timers that start threads, and
 * timers that count processor time. */
#include "countdown.h"
#include "fiber.h"
#include "hb.h"
#include "io.h"
#include "rt.h"
#include "scheduler.h"
#include "wrap.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

REAL(unsigned, alarm, (unsigned));
REAL(useconds_t, ualarm, (useconds_t, useconds_t));
REAL(int, setitimer,
     (__itimer_which_t, const struct itimerval *, struct itimerval *));
REAL(int, getitimer, (__itimer_which_t, struct itimerval *));
REAL(int, timer_create, (clockid_t, struct sigevent *, timer_t *));
REAL(int, timer_delete, (timer_t));
REAL(int, timer_settime,
     (timer_t, int, const struct itimerspec *, struct itimerspec *));
REAL(int, timer_gettime, (timer_t, struct itimerspec *));
REAL(int, timer_getoverrun, (timer_t));

enum { TIMERS = 32 };
#define NS        1000000000ull
#define BACKUP_NS 100000000ull

static struct timer {
    bool used;
    timer_t id;   /* of the first one none: it is ITIMER_REAL */
    int sig;      /* 0: none */
    pid_t thread; /* to whom; 0: to the process */
    union sigval value;
    struct countdown down;
    bool owed;   /* the signal is to be sent */
    int overrun; /* times that it was still pending */
    /* The real timer behind it: when it was set, and to what. */
    uint64_t set_at, first, every;
    uint64_t seen; /* how often it has gone off, as far as is known */
} timers[TIMERS] = {
    {.used = true, .sig = SIGALRM, .down = {CLOCK_MONOTONIC, SCHED_NEVER, 0}}};

static struct timer *timer_of(timer_t id)
{
    for (int i = 1; sched_on() && i < TIMERS; i++) {
        if (timers[i].used && timers[i].id == id) {
            return &timers[i];
        }
    }
    return NULL;
}

static struct timeval timeval_of(uint64_t ns)
{
    return (struct timeval){(time_t)(ns / NS), (long)(ns % NS / 1000)};
}

/* In whole microseconds. */
static struct itimerval itimerval_of(const struct itimerspec *t)
{
    return (struct itimerval){timeval_of(sched_ns_of(&t->it_interval)),
                              timeval_of(sched_ns_of(&t->it_value))};
}

/* -- the real timer ---------------------------------------------------------
 */

static uint64_t at_least(uint64_t ns)
{
    return ns == 0 || ns > BACKUP_NS ? ns : BACKUP_NS;
}

/* To go off with the virtual one; if that does not run, not at all. */
static void set_real(struct timer *t)
{
    uint64_t ns = countdown_left(&t->down);
    struct itimerspec to;
    struct itimerval first;

    t->first = at_least(ns);
    t->every = ns == 0 ? 0 : at_least(t->down.interval);
    t->set_at = sched_machine_ns();
    t->seen = 0;
    to = (struct itimerspec){sched_timespec_of(t->every),
                             sched_timespec_of(t->first)};
    if (t == timers) {
        first = itimerval_of(&to);
        __real_setitimer(ITIMER_REAL, &first, NULL);
    } else {
        __real_timer_settime(t->id, 0, &to, NULL);
    }
}

/* How often it has gone off. */
static uint64_t times_real(const struct timer *t)
{
    uint64_t passed = sched_machine_ns() - t->set_at;

    if (t->first == 0 || passed < t->first) {
        return 0;
    }
    return t->every == 0 ? 1 : 1 + (passed - t->first) / t->every;
}

/* One that runs. If it has gone off before its time, that is what time it is.
 */
static void follow_real(struct timer *t)
{
    uint64_t times, at;

    times = times_real(t) - t->seen;
    if (times > 0) {
        t->seen += times;
        at = t->down.due + (times - 1) * t->down.interval;
        rt->now = at > rt->now ? at : rt->now;
        t->down.due =
            t->down.interval > 0 ? at + t->down.interval : SCHED_NEVER;
        atomic_store(&rt->owed, true); /* its signal was sent; tell who waits */
    }
}

/* -- the virtual clock ------------------------------------------------------
 */

/* To end the process is all that its signal would do: it is there for the case
 * that nothing happens any more, and that is what is to be told. */
static bool only_ends(int sig)
{
    struct sigaction now = {0};
    uint64_t blocked = 0;

    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, sizeof blocked);
    return sig > 0 && sig != SIGCHLD && sig != SIGURG && sig != SIGWINCH &&
           sig != SIGCONT && (blocked & 1ull << (sig - 1)) == 0 &&
           !rt_handled(sig, &now) && now.sa_handler == SIG_DFL;
}

uint64_t timer_next(void)
{
    uint64_t first = SCHED_NEVER;

    for (int i = 0; i < TIMERS; i++) {
        struct timer *t = &timers[i];
        if (t->used && t->down.due != SCHED_NEVER) {
            follow_real(t);
            if (t->down.due < first && t->sig != 0 && !only_ends(t->sig)) {
                first = t->down.due;
            }
        }
    }
    return first;
}

void timer_reached(void)
{
    for (int i = 0; i < TIMERS; i++) {
        struct timer *t = &timers[i];
        if (!t->used || t->down.due == SCHED_NEVER) {
            continue;
        }
        follow_real(t);
        if (t->down.due <= rt->now) {
            t->owed = true;
            atomic_store(&rt->owed, true);
        }
    }
}

static bool is_pending(int sig)
{
    uint64_t pending = 0;

    syscall(SYS_rt_sigpending, &pending, sizeof pending);
    return (pending & 1ull << (sig - 1)) != 0;
}

/* Who takes a signal to the process: as Linux has it the first thread, if that
 * does not block it. 0: nobody does, it stays pending. */
static pid_t taker(int sig)
{
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        pid_t tid = atomic_load(&rt->threads[i].tid);
        if (rt->threads[i].turn != TURN_GONE && rt_lets_in(tid, sig)) {
            return tid;
        }
    }
    return 0;
}

/* A handler that the caller runs in its own sleep: it is about to fall asleep,
 * so that the kernel will not tell. */
static void interrupt(struct rt_thread *self, int sig)
{
    struct sigaction now;

    if (rt_handled(sig, &now) &&
        (self->eintr == EINTR_ALWAYS || (self->eintr == EINTR_UNLESS_RESTART &&
                                         (now.sa_flags & SA_RESTART) == 0))) {
        sched_interrupt(self);
    }
}

static void send(struct timer *t, struct rt_thread *self)
{
    pid_t thread = t->thread != 0 ? t->thread : taker(t->sig);
    bool asleep = self->turn == TURN_BLOCKED;
    siginfo_t info;

    memset(&info, 0, sizeof info);
    info.si_signo = t->sig;
    info.si_code = SI_TIMER; /* the kernel's own only the kernel may use */
    info.si_value = t->value;
    if (is_pending(t->sig)) {
        t->overrun++; /* a timer has one signal on its way, not more */
        return;
    }
    t->overrun = 0;
    if (thread != 0) {
        syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, t->sig, &info);
    } else {
        syscall(SYS_rt_sigqueueinfo, getpid(), t->sig, &info);
    }
    if (asleep && thread == atomic_load(&self->tid)) {
        interrupt(self, t->sig);
    }
}

/* Its time has come: once, however many of its intervals have gone by. */
static void go_off(struct timer *t, struct rt_thread *self)
{
    uint64_t times = countdown_run_out(&t->down);

    set_real(t);
    if (t->sig != 0) {
        send(t, self);
        t->overrun += (int)(times - 1);
    }
}

void timer_ring(struct rt_thread *t)
{
    if (!atomic_exchange(&rt->owed, false)) {
        return;
    }
    rt->changed = rt->steps; /* by a handler, perhaps */
    for (int i = 0; i < TIMERS; i++) {
        struct timer *timer = &timers[i];
        if (timer->owed) {
            timer->owed = false;
            go_off(timer, t);
            rt_await_handlers(t, timer->sig);
        }
    }
    rt_tools_handlers();
    rt_lock();
    io_tell(); /* who waits for a signal in a call */
    rt_unlock();
}

/* -- the calls --------------------------------------------------------------
 */

static void begin(void)
{
    fiber_unfit();
    rt_point(rt_self());
    sched_unmodelled();
    hb_send(rt_self());
}

/* On the machine's clock: a standstill is none while it may yet go off. */
static void begin_real(void)
{
    if (rt_bound()) {
        begin();
        rt->has_help = true;
    }
}

static void set(struct timer *t, int flags, const struct itimerspec *to)
{
    countdown_set(&t->down, flags, to);
    t->owed = false;
    t->overrun = 0;
    set_real(t);
    timer_reached(); /* its time may have passed already */
}

static struct itimerspec setting(const struct timer *t)
{
    timer_reached();
    return countdown_setting(&t->down);
}

/* ITIMER_REAL, in ns; returns what it was before. */
static struct itimerspec set_alarm(uint64_t ns, uint64_t interval)
{
    struct itimerspec to = {sched_timespec_of(interval), sched_timespec_of(ns)};
    struct itimerspec was;

    begin();
    was = countdown_setting(&timers->down);
    set(timers, 0, &to);
    return was;
}

unsigned __wrap_alarm(unsigned seconds)
{
    struct itimerspec was;
    uint64_t left;

    if (!sched_on()) {
        begin_real();
        return __real_alarm(seconds);
    }
    was = set_alarm(seconds * NS, 0);
    left = sched_ns_of(&was.it_value);
    return left > 0 && left < NS ? 1 : (unsigned)((left + NS / 2) / NS);
}

useconds_t __wrap_ualarm(useconds_t first, useconds_t then)
{
    struct itimerspec was;

    if (!sched_on()) {
        begin_real();
        return __real_ualarm(first, then);
    }
    was = set_alarm(first * 1000ull, then * 1000ull);
    return (useconds_t)((sched_ns_of(&was.it_value) + 999) / 1000);
}

static bool is_good(const struct timeval *t)
{
    return t->tv_sec >= 0 && t->tv_usec >= 0 && t->tv_usec < 1000000;
}

static uint64_t ns_of(const struct timeval *t)
{
    return (uint64_t)t->tv_sec * NS + (uint64_t)t->tv_usec * 1000;
}

int __wrap_setitimer(__itimer_which_t which, const struct itimerval *to,
                     struct itimerval *old)
{
    struct itimerspec was;

    if (!sched_on() || which != ITIMER_REAL || to == NULL ||
        !is_good(&to->it_value) || !is_good(&to->it_interval)) {
        begin_real();
        return __real_setitimer(which, to, old);
    }
    was = set_alarm(ns_of(&to->it_value), ns_of(&to->it_interval));
    if (old != NULL) {
        *old = itimerval_of(&was);
    }
    return 0;
}

int __wrap_getitimer(__itimer_which_t which, struct itimerval *out)
{
    struct itimerspec now;

    if (!sched_on() || which != ITIMER_REAL) {
        return __real_getitimer(which, out);
    }
    now = setting(timers);
    *out = itimerval_of(&now);
    return 0;
}

/* Clocks that go on by themselves. */
static bool follows_time(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC ||
           clock == CLOCK_BOOTTIME || clock == CLOCK_TAI;
}

static void remember(timer_t id, clockid_t clock, const struct sigevent *event)
{
    int how = event != NULL ? event->sigev_notify : SIGEV_SIGNAL;

    for (int i = 1; i < TIMERS; i++) {
        struct timer *t = &timers[i];
        if (!t->used) {
            *t = (struct timer){
                .used = true, .id = id, .down = {clock, SCHED_NEVER, 0}};
            t->sig = how == SIGEV_NONE ? 0
                     : event != NULL   ? event->sigev_signo
                                       : SIGALRM;
            t->thread = how == SIGEV_THREAD_ID ? event->_sigev_un._tid : 0;
            t->value = event != NULL ? event->sigev_value
                                     : (union sigval){.sival_ptr = id};
            return;
        }
    }
}

int __wrap_timer_create(clockid_t clock, struct sigevent *event, timer_t *out)
{
    bool starts_threads = event != NULL && event->sigev_notify == SIGEV_THREAD;
    int rc = __real_timer_create(clock, event, out);

    if (rt_bound() && starts_threads) {
        rt->foreign = true;
    } else if (rc == 0 && sched_on() && follows_time(clock)) {
        remember(*out, clock, event);
    }
    return rc;
}

int __wrap_timer_delete(timer_t id)
{
    struct timer *t = timer_of(id);

    if (t != NULL) {
        t->used = false;
    }
    return __real_timer_delete(id);
}

static bool is_known(timer_t id)
{
    for (int i = 0; i < rt->timer_count; i++) {
        if (rt->timers[i] == id) {
            return true;
        }
    }
    return false;
}

static void remember_real(timer_t id)
{
    rt_lock();
    if (!is_known(id) && rt->timer_count < RT_TIMERS) {
        rt->timers[rt->timer_count++] = id;
    }
    rt_unlock();
}

bool rt_timer_runs(void)
{
    struct itimerspec of;

    for (int i = 0; i < rt->timer_count; i++) {
        if (__real_timer_gettime(rt->timers[i], &of) == 0 &&
            (of.it_value.tv_sec > 0 || of.it_value.tv_nsec > 0)) {
            return true;
        }
    }
    return false;
}

int __wrap_timer_settime(timer_t id, int flags, const struct itimerspec *to,
                         struct itimerspec *old)
{
    struct timer *t = timer_of(id);

    if (t == NULL || to == NULL || to->it_value.tv_sec < 0 ||
        !sched_time_is_good(&to->it_value) ||
        !sched_time_is_good(&to->it_interval)) {
        begin_real();
        if (rt_bound()) {
            remember_real(id);
        }
        return __real_timer_settime(id, flags, to, old);
    }
    begin();
    if (old != NULL) {
        *old = setting(t);
    }
    set(t, flags, to);
    return 0;
}

int __wrap_timer_gettime(timer_t id, struct itimerspec *out)
{
    struct timer *t = timer_of(id);

    if (t == NULL) {
        return __real_timer_gettime(id, out);
    }
    *out = setting(t);
    return 0;
}

int __wrap_timer_getoverrun(timer_t id)
{
    const struct timer *t = timer_of(id);

    return t == NULL ? __real_timer_getoverrun(id) : t->overrun;
}
