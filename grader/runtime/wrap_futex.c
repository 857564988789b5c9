/* SPDX-License-Identifier: MIT */
/* wrap_futex.c - futex(2), which has no function of its own: locks that
 * programs build for themselves. Waits and wake-ups are the scheduler's under
 * control; else the real call, with the wait on record. What is woken is the
 * kernel's to choose, so any of those who wait will do. */
#include "hb.h"
#include "rt.h"
#include "scheduler.h"
#include "steps.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

extern long __real_syscall(long number, ...);

struct futex_call {
    _Atomic uint32_t *word;
    int command; /* without its flags */
    bool realtime;
    uint32_t value;
    const struct timespec *limit; /* or a count, for the others */
    _Atomic uint32_t *other;
    uint32_t compare;
};

static uint64_t deadline_of(const struct futex_call *f)
{
    clockid_t clock = f->realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC;

    return f->limit != NULL && f->command == FUTEX_WAIT_BITSET
               ? sched_deadline(clock, f->limit)
               : sched_after(f->limit);
}

static long failed(int error)
{
    errno = error;
    return -1;
}

/* To look and to fall asleep is one step. */
static long wait_controlled(struct rt_thread *t, const struct futex_call *f,
                            int object, const struct call *c)
{
    enum rt_why why;

    if (atomic_load(f->word) != f->value) {
        return failed(EAGAIN);
    }
    step_made(t, OP_WAIT, object, -1, c->pc);
    rt_block(t, f->limit == NULL ? RT_WAIT_FUTEX : RT_TIMED_WAIT, object, -1,
             c->frame);
    t->eintr = f->limit == NULL ? EINTR_UNLESS_RESTART : EINTR_ALWAYS;
    why = sched_block(t, deadline_of(f), false);
    t->eintr = EINTR_NEVER;
    rt_unblock(t);
    step_made(t, OP_WAKE, object, -1, c->pc);
    return why == WHY_TIME     ? failed(ETIMEDOUT)
           : why == WHY_SIGNAL ? failed(EINTR)
                               : 0;
}

/* Up to `count` of those who wait for `object`: woken, or, if `to` is not -1,
 * moved there. Returns how many. */
static long rouse(struct rt_thread *t, int object, uint32_t count, int to)
{
    long done = 0;

    for (; done < (long)count; done++) {
        int who[RT_THREADS], n = 0, chosen;
        for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
            const struct rt_thread *other = &rt->threads[i];
            if (other->turn == TURN_BLOCKED && other->wait_object == object) {
                who[n++] = i;
            }
        }
        if (n == 0) {
            break;
        }
        chosen = sched_pick(t, who, n);
        if (to >= 0) {
            rt->threads[chosen].wait_object = to;
        } else {
            sched_tell(&rt->threads[chosen]);
        }
    }
    return done;
}

static long controlled(struct rt_thread *t, const struct futex_call *f,
                       const struct call *c)
{
    int object = rt_object_at((const void *)f->word, RT_FUTEX, c->pc);
    uint32_t second = (uint32_t)(uintptr_t)f->limit;
    long done;

    switch (f->command) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
        return wait_controlled(t, f, object, c);
    case FUTEX_CMP_REQUEUE:
        if (atomic_load(f->word) != f->compare) {
            return failed(EAGAIN);
        }
        /* fall through */
    case FUTEX_REQUEUE:
        done = rouse(t, object, f->value, -1);
        step_made(t, OP_SIGNAL, object, -1, c->pc);
        return done +
               rouse(t, object, second,
                     rt_object_at((const void *)f->other, RT_FUTEX, c->pc));
    default:
        step_made(t, OP_SIGNAL, object, -1, c->pc);
        done = rouse(t, object, f->value > INT_MAX ? INT_MAX : f->value, -1);
        sched_point(t, false);
        return done;
    }
}

static long recorded(struct rt_thread *t, long number, const unsigned long *a,
                     const struct futex_call *f, const struct call *c)
{
    bool waits = f->command == FUTEX_WAIT || f->command == FUTEX_WAIT_BITSET;
    long rc;

    if (waits) {
        t->wait_ms = 0; /* a limit is not known for one that may run out */
        rt_block(t, f->limit == NULL ? RT_WAIT_FUTEX : RT_TIMED_WAIT,
                 rt_object_at((const void *)f->word, RT_FUTEX, c->pc), -1,
                 c->frame);
    }
    rc = __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (waits) {
        int before = errno;
        rt_unblock(t);
        errno = before;
    }
    return rc;
}

/* Here the kernel writes the word itself, as a lock with priority inheritance
 * does. It may wait and may wake somebody, so nothing proves a standstill; and
 * what it orders is not known. */
static long not_followed(struct rt_thread *t, long number,
                         const unsigned long *a)
{
    void *word = (void *)a[0];
    long rc;
    int error;

    rt->has_help = true;
    hb_off();
    rt_tools_release(word);
    sched_out(t);
    rc = __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    error = errno;
    sched_in(t);
    rt_tools_acquire(word);
    errno = error;
    return rc;
}

long rt_futex_call(long number, const unsigned long *a, const struct call *c)
{
    static const int followed[] = {FUTEX_WAIT,        FUTEX_WAKE,
                                   FUTEX_REQUEUE,     FUTEX_CMP_REQUEUE,
                                   FUTEX_WAIT_BITSET, FUTEX_WAKE_BITSET};
    int flags = FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME;
    struct futex_call f = {(_Atomic uint32_t *)a[0],
                           (int)a[1] & ~flags,
                           ((int)a[1] & FUTEX_CLOCK_REALTIME) != 0,
                           (uint32_t)a[2],
                           (const struct timespec *)a[3],
                           (_Atomic uint32_t *)a[4],
                           (uint32_t)a[5]};
    struct rt_thread *t = rt_self();

    rt_point(t);
    sched_unmodelled();
    for (size_t i = 0; i < sizeof followed / sizeof followed[0]; i++) {
        if (f.command == followed[i]) {
            return sched_on() ? controlled(t, &f, c)
                              : recorded(t, number, a, &f, c);
        }
    }
    return not_followed(t, number, a);
}
