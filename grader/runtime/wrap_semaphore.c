/* SPDX-License-Identifier: MIT */
/* wrap_semaphore.c - semaphores. Those with a name are opened in wrap_named.c.
 */
#include "hb.h"
#include "rt.h"
#include "scheduler.h"
#include "steps.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <errno.h>
#include <semaphore.h>
#include <valgrind/helgrind.h>

REAL(int, sem_init, (sem_t *, int, unsigned));
REAL(int, sem_wait, (sem_t *));
REAL(int, sem_trywait, (sem_t *));
REAL(int, sem_timedwait, (sem_t *, deadline));
REAL(int, sem_clockwait, (sem_t *, clockid_t, deadline));
REAL(int, sem_post, (sem_t *));

int __wrap_sem_init(sem_t *s, int shared, unsigned value)
{
    rt_object_new(s, RT_SEM, RT_CALLER, (int)value);
    if (shared != 0) {
        rt_object_share(s, RT_SEM);
    }
    return __real_sem_init(s, shared, value);
}

/* A permit counts as held until its holder posts: a gate, see order.c. */
static void permit_taken(struct rt_thread *t, const void *s, uintptr_t pc)
{
    int object;

    rt_lock();
    object = rt_object(s, RT_SEM, pc);
    rt_acquired(t, object, pc);
    step_made(t, OP_TAKE, object, -1, pc);
    rt_unlock();
}

/* 0 or an errno value: EAGAIN when there is no permit. */
static int try_permit(sem_t *s)
{
    int rc = __real_sem_trywait(s) == 0 ? 0 : errno;

    if (rc == 0) {
        ANNOTATE_HAPPENS_AFTER(s); /* Helgrind does not know this call */
    }
    return rc;
}

/* A wait for a permit under control: like the call it stands for. */
static int await_permit(struct rt_thread *t, sem_t *s, uint64_t until)
{
    enum rt_why why = WHY_TOLD;
    int rc;

    __real_pthread_testcancel();
    while (!rt_gave_up(why)) {
        unsigned ops = t->ops; /* as in TRY_UNTIL */
        rc = try_permit(s);
        if (rc == EAGAIN && t->ops == ops) {
            why = rt_pause(t, until, EINTR_UNLESS_RESTART);
        } else if (rc == 0) {
            return 0;
        } else if (rc != EAGAIN) {
            errno = rc;
            return -1;
        }
    }
    errno = why == WHY_TIME ? ETIMEDOUT : EINTR;
    return -1;
}

#define SEM_WAIT(state, until, wait)                                      \
    struct rt_thread *t = rt_self();                                      \
    int rc;                                                               \
    t->want = (struct rt_want){WANT_PERMIT, s};                           \
    rt_point(t);                                                          \
    rt_uses(s, RT_SEM, HERE);                                             \
    rt_block(t, state, rt_object_at(s, RT_SEM, RT_CALLER), -1,            \
             __builtin_frame_address(0));                                 \
    pthread_cleanup_push(rt_wait_over, t);                                \
    rc = sched_on() ? await_permit(t, s, until) : __real_##wait;          \
    pthread_cleanup_pop(1);                                               \
    t->want.kind = WANT_NOTHING;                                          \
    if (rc == 0) {                                                        \
        ANNOTATE_HAPPENS_AFTER(s); /* for those Helgrind does not know */ \
        permit_taken(t, s, RT_CALLER);                                    \
    }                                                                     \
    return rc

int __wrap_sem_wait(sem_t *s)
{
    SEM_WAIT(RT_WAIT_SEM, SCHED_NEVER, sem_wait(s));
}

int __wrap_sem_timedwait(sem_t *s, deadline until)
{
    REFUSE_BAD_TIME(until, __real_sem_timedwait(s, until), HERE);
    rt_self()->wait_ms = rt_remaining_ms(until);
    SEM_WAIT(RT_TIMED_WAIT, sched_deadline(CLOCK_REALTIME, until),
             sem_timedwait(s, until));
}

int __wrap_sem_clockwait(sem_t *s, clockid_t clock, deadline until)
{
    struct timespec real;

    REFUSE_BAD_TIME(until, __real_sem_timedwait(s, until), HERE);
    rt_self()->wait_ms = rt_remaining_ms(until);
    SEM_WAIT(RT_TIMED_WAIT, sched_deadline(clock, until),
             sem_timedwait(s, rt_realtime(clock, until, &real)));
}

int __wrap_sem_trywait(sem_t *s)
{
    struct rt_thread *t = rt_self();
    int rc;

    rt_look(t);
    rt_uses(s, RT_SEM, HERE);
    RT_CALLER_STACK(&t->wait, t);
    rc = __real_sem_trywait(s);
    if (rc != 0 && sched_on()) {
        int why = errno;
        sched_touch(s, TOUCH_READ);
        sched_point(t, true);
        errno = why;
    }
    if (rc == 0) {
        ANNOTATE_HAPPENS_AFTER(s); /* Helgrind does not know this call */
        permit_taken(t, s, RT_CALLER);
    }
    return rc;
}

/* True if `t` had a permit to give back. */
static bool give_back(struct rt_thread *t, int object)
{
    for (int i = t->held_count - 1; i >= 0; i--) {
        if (t->held[i].object == object) {
            t->held[i] = t->held[--t->held_count];
            return true;
        }
    }
    return false;
}

int __wrap_sem_post(sem_t *s)
{
    struct rt_thread *t = rt_self();
    int object, rc;

    rt_point(t);
    rt_uses(s, RT_SEM, HERE);
    rt_lock();
    object = rt_object(s, RT_SEM, RT_CALLER);
    if (!give_back(t, object) && object >= 0) {
        rt->objects[object].signals++;
    }
    hb_release(t, object);
    step_made(t, OP_POST, object, -1, RT_CALLER);
    rt_unlock();
    ANNOTATE_HAPPENS_BEFORE(s);
    rc = __real_sem_post(s);
    sched_tell_object(object);
    rt_point(t);
    return rc;
}
