/* SPDX-License-Identifier: MIT */
/* wrap_more.c - spin locks and pthread_once.
 *
 * To the reports a spin lock is a mutex: it is owned, it has an order, and
 * who waits for it waits for its owner. */
#include "hb.h"
#include "rt.h"
#include "scheduler.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <valgrind/helgrind.h>

REAL(int, pthread_spin_init, (pthread_spinlock_t *, int));
REAL(int, pthread_spin_destroy, (pthread_spinlock_t *));
REAL(int, pthread_spin_trylock, (pthread_spinlock_t *));
REAL(int, pthread_spin_unlock, (pthread_spinlock_t *));
REAL(int, pthread_once, (pthread_once_t *, void (*)(void)));

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
    sched_step(t, OP_UNLOCK, object, -1, c->pc);
    rt_unlock();
    rc = __real_pthread_spin_unlock(l);
    sched_tell_object(object);
    rt_point(t);
    return rc;
}

/* -- once ------------------------------------------------------------------
 *
 * Whoever gets there first owns the object while the initialiser runs, so one
 * that calls its own pthread_once again is a circle of one. All calls end in
 * the real one, which tells ThreadSanitizer what happened before what. */

struct once { /* one call */
    struct rt_thread *t;
    int object; /* or -1 */
    pthread_once_t *once;
    void (*fn)(void);
    uintptr_t pc;
    bool done; /* it returned: it was not cancelled inside */
};

/* The call whose initialiser the library may be about to run. */
static __thread struct once *beginning;

static void once_run(void)
{
    const struct once *o = beginning;

    rt_unblock(o->t);
    rt_lock();
    if (o->object >= 0) {
        rt->objects[o->object].owner = rt_index(o->t);
        rt->objects[o->object].acquired_pc = o->pc;
    }
    sched_step(o->t, OP_ONCE, o->object, -1, o->pc);
    rt_unlock();
    o->fn();
    ANNOTATE_HAPPENS_BEFORE(o->once); /* Helgrind does not know this call */
}

/* Also when the initialiser is cancelled: then the next one begins again. */
static void once_over(void *arg)
{
    const struct once *o = arg;

    rt_unblock(o->t);
    if (o->object < 0) {
        return;
    }
    rt_lock();
    if (rt->objects[o->object].owner == rt_index(o->t)) {
        rt->objects[o->object].owner = -1;
        hb_release(o->t, o->object);
        sched_step(o->t, OP_ONCE_DONE, o->object, -1, o->pc);
    }
    rt->objects[o->object].count = o->done;
    rt_unlock();
    sched_tell_object(o->object);
}

static void once_wait(const struct once *o, const void *frame)
{
    rt_block(o->t, RT_WAIT_ONCE, o->object, -1, frame);
    while (sched_on() && o->object >= 0 && rt->objects[o->object].owner >= 0) {
        sched_block(o->t, SCHED_NEVER, false);
    }
}

int rt_once(pthread_once_t *once, void (*fn)(void), const struct call *c)
{
    struct once o = {.t = rt_self(), .once = once, .fn = fn, .pc = c->pc};
    int rc;

    rt_point(o.t);
    o.object = rt_object_at(once, RT_ONCE, c->pc);
    sched_touch(once, TOUCH_WRITE);
    if (o.object >= 0 && rt->objects[o.object].count != 0) {
        ANNOTATE_HAPPENS_AFTER(once);
        hb_acquire(o.t, o.object);
        return __real_pthread_once(once, fn); /* long done */
    }
    once_wait(&o, c->frame);
    pthread_cleanup_push(once_over, &o);
    beginning = &o;
    rc = __real_pthread_once(once, once_run);
    ANNOTATE_HAPPENS_AFTER(once);
    hb_acquire(o.t, o.object);
    o.done = true;
    pthread_cleanup_pop(1);
    return rc;
}

int __wrap_pthread_once(pthread_once_t *once, void (*fn)(void))
{
    return rt_once(once, fn, HERE);
}
