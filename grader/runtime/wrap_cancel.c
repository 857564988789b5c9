/* SPDX-License-Identifier: MIT */
/* wrap_cancel.c - cancellation.
 *
 * The library's own cancellation is what runs the clean-up handlers. It finds
 * a thread that blocks in the kernel; under control a thread sleeps in the
 * scheduler instead, where the library cannot see that it is at a cancellation
 * point. So pthread_cancel also makes it ready, and when it has the turn, and
 * the mutex if it waited on a condition, it asks the library. */
#include "fiber.h"
#include "hb.h"
#include "rt.h"
#include "scheduler.h"
#include "steps.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <pthread.h>

REAL(int, pthread_cancel, (pthread_t));
REAL(void, pthread_testcancel, (void));

/* Only the thread itself can change it, so it stays true while it sleeps. */
static bool cancellation_enabled(void)
{
    int state = PTHREAD_CANCEL_DISABLE;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    pthread_setcancelstate(state, NULL);
    return state == PTHREAD_CANCEL_ENABLE;
}

enum rt_why rt_block_point(struct rt_thread *t, uint64_t until, bool may_wake,
                           enum rt_eintr eintr)
{
    enum rt_why why;

    t->cancellable = cancellation_enabled();
    t->eintr = eintr;
    why = sched_block(t, until, may_wake);
    t->eintr = EINTR_NEVER;
    t->cancellable = false;
    return why;
}

enum rt_why rt_pause(struct rt_thread *t, uint64_t until, enum rt_eintr eintr)
{
    enum rt_why why = rt_block_point(t, until, false, eintr);

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

/* Whoever is cancelled in a call that ThreadSanitizer intercepts and that
 * blocks never leaves the interceptor: what its clean-up handlers lock is not
 * seen. From then on the tool has no vote, but for controlled runs, which do
 * not block in such calls. */
int __wrap_pthread_cancel(pthread_t handle)
{
    struct rt_thread *t = rt_self();
    struct rt_thread *target;
    struct rt_stack at;
    int rc;

    fiber_unfit();
    rt_point(t);
    sched_unmodelled();
    rt->cancels = true;
    rt_walk(&at, __builtin_frame_address(0), t->stack_top);
    rt_lock();
    target = rt_thread_of(handle);
    if (target != NULL) {
        target->cancelled_by = rt_index(t);
        target->cancelled_at = at;
    }
    rt_unlock();
    step_made(t, OP_CANCEL, -1, target != NULL ? rt_index(target) : -1,
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
