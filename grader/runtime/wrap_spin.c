/* SPDX-License-Identifier: MIT */
/* wrap_spin.c - spin locks.
 *
 * To the reports a spin lock is a mutex: it is owned, it has an order, and
 * who waits for it waits for its owner. */
#include "rt.h"
#include "scheduler.h"
#include "steps.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

REAL(int, pthread_spin_init, (pthread_spinlock_t *, int));
REAL(int, pthread_spin_destroy, (pthread_spinlock_t *));
REAL(int, pthread_spin_trylock, (pthread_spinlock_t *));
REAL(int, pthread_spin_unlock, (pthread_spinlock_t *));

/* An address as a key: spin locks are volatile, which nothing here reads. */
static const void *key(pthread_spinlock_t *l)
{
    return (const void *)(uintptr_t)l;
}

int __wrap_pthread_spin_init(pthread_spinlock_t *l, int shared)
{
    rt_object_new(key(l), RT_MUTEX, RT_CALLER, 0);
    return __real_pthread_spin_init(l, shared);
}

int __wrap_pthread_spin_destroy(pthread_spinlock_t *l)
{
    rt_object_destroyed(key(l), RT_MUTEX, HERE);
    return __real_pthread_spin_destroy(l);
}

int __wrap_pthread_spin_lock(pthread_spinlock_t *l)
{
    const struct call *c = HERE;
    struct rt_thread *t = rt_self();
    int rc;

    t->want = (struct rt_want){WANT_LOCK, key(l)};
    rt_point(t);
    rc = __real_pthread_spin_trylock(l);
    if (rc == EBUSY) {
        rt_must_be_made(key(l), RT_MUTEX, sizeof *l, c); /* locked is 0 */
        rt_block(t, RT_WAIT_MUTEX, rt_object_at(key(l), RT_MUTEX, c->pc), -1,
                 c->frame);
        if (sched_on()) {
            TRY_UNTIL(t, rc, __real_pthread_spin_trylock(l), SCHED_NEVER,
                      EBUSY);
        } else {
            /* Many spinners on few processors: let whoever has it run. */
            while ((rc = __real_pthread_spin_trylock(l)) == EBUSY) {
                syscall(SYS_sched_yield);
            }
        }
    }
    if (rc == 0) {
        rt_locked(t, key(l), RT_MUTEX, c, true);
    }
    t->want.kind = WANT_NOTHING;
    return rc;
}

int __wrap_pthread_spin_trylock(pthread_spinlock_t *l)
{
    const struct call *c = HERE;
    struct rt_thread *t = rt_self();
    int rc;

    rt_look(t);
    rt_walk(&t->wait, c->frame, t->stack_top);
    rc = __real_pthread_spin_trylock(l);
    if (rc == EBUSY && sched_on()) {
        rt_try_failed(t, rt_object_at(key(l), RT_MUTEX, c->pc), c);
    }
    if (rc == 0) {
        rt_locked(t, key(l), RT_MUTEX, c, false);
    }
    return rc;
}

int __wrap_pthread_spin_unlock(pthread_spinlock_t *l)
{
    const struct call *c = HERE;
    struct rt_thread *t = rt_self();
    struct rt_stack at;
    int object, rc;

    rt_point(t); /* a try by somebody else can fail now */
    rt_walk(&at, c->frame, t->stack_top);
    rt_lock();
    object = rt_object(key(l), RT_MUTEX, c->pc);
    if (!rt_released(t, object)) {
        rt_bad_unlock(t, object, &at, c);
    }
    step_made(t, OP_UNLOCK, object, -1, c->pc);
    rt_unlock();
    rc = __real_pthread_spin_unlock(l);
    sched_tell_object(object);
    rt_point(t);
    return rc;
}
