/* SPDX-License-Identifier: MIT */
/* wrap_mutex.c - mutexes.
 *
 * The pattern is the same for all that is locked or waited for: a point
 * (noise.c), the book-keeping under rt_lock, the real call, the book-keeping
 * after it. A lock is first tried; only when that fails is the thread recorded
 * as waiting, so an uncontended lock costs no stack walk. */
#include "rt.h"
#include "scheduler.h"
#include "steps.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <errno.h>

REAL(int, pthread_mutex_lock, (pthread_mutex_t *));
REAL(int, pthread_mutex_trylock, (pthread_mutex_t *));
REAL(int, pthread_mutex_timedlock, (pthread_mutex_t *, deadline));
REAL(int, pthread_mutex_unlock, (pthread_mutex_t *));

static int mutex_type(const pthread_mutex_t *m)
{
    return m->__data.__kind & 3; /* glibc keeps the type in these bits */
}

/* Memory that nobody made a mutex has bits in its kind that none has, and so
 * has one that was destroyed. Zeros pass: they are PTHREAD_MUTEX_INITIALIZER.
 * One that is locked, although nobody has ever locked it, is a copy of one
 * that was: every lock goes through here. */
static void must_be_made(struct rt_thread *t, const pthread_mutex_t *m,
                         const struct call *c)
{
    enum { KINDS = 0x3ff }; /* type, robust, protocol, shared, elision */
    bool made = (m->__data.__kind & ~KINDS) == 0;
    struct rt_stack at;
    int object;

    /* In parallel runs a lock is taken a moment before it is on record, and
     * Helgrind would mind the look at its owner. */
    if (made && (!sched_on() || m->__data.__owner == 0)) {
        return;
    }
    rt_lock();
    if (made &&
        (rt_object_find(m, RT_MUTEX) >= 0 || rt->object_count == RT_OBJECTS)) {
        rt_unlock();
        return;
    }
    rt_walk(&at, c->frame, t->stack_top);
    object = rt_destroyed_at(m, RT_MUTEX);
    if (object >= 0 && !made) {
        rt_misuse(NOTE_DESTROYED, t, object, rt->objects[object].destroyed_by,
                  &at, c->word);
    }
    rt_misuse(made ? NOTE_COPIED : NOTE_NOT_MADE, t,
              rt_object(m, RT_MUTEX, c->pc), -1, &at, c->word);
    rt_unlock();
}

enum { ROBUST = 16, SHARED = 128 }; /* in glibc's kind of a mutex */

static bool is_shared(const pthread_mutex_t *m) /* between processes */
{
    return (m->__data.__kind & SHARED) != 0;
}

bool rt_mutex_is_robust(int object)
{
    const struct rt_object *o = &rt->objects[object];
    const pthread_mutex_t *m = (const pthread_mutex_t *)o->addr;

    return !o->gone && (m->__data.__kind & ROBUST) != 0;
}

/* Under control the owner of a robust mutex has ended when it has left, not
 * when the kernel comes to know of it. */
static int try_mutex(pthread_mutex_t *m)
{
    int rc = __real_pthread_mutex_trylock(m);
    const struct rt_thread *owner;
    int object;

    if (rc != EBUSY || !sched_on() || (m->__data.__kind & ROBUST) == 0) {
        return rc;
    }
    object = rt_object_find(m, RT_MUTEX);
    if (object < 0 || rt->objects[object].owner < 0) {
        return rc;
    }
    owner = &rt->threads[rt->objects[object].owner];
    if (owner->turn == TURN_GONE && !owner->stays) {
        rt_await_last(owner);
        rc = __real_pthread_mutex_trylock(m);
    }
    return rc;
}

static bool has_it(int rc)
{
    return rc == 0 || rc == EOWNERDEAD;
}

int rt_mutex_lock(pthread_mutex_t *m, const struct call *c)
{
    struct rt_thread *t = rt_self();
    int rc;

    t->want = (struct rt_want){WANT_LOCK, m};
    rt_point(t);
    rt_uses(m, RT_MUTEX, c);
    must_be_made(t, m, c);
    rc = try_mutex(m);
    if (rc == EBUSY && mutex_type(m) == PTHREAD_MUTEX_ERRORCHECK &&
        rt_holds(t, rt_object_at(m, RT_MUTEX, c->pc))) {
        return EDEADLK;
    }
    if (rc == EBUSY) {
        rt_block(t, RT_WAIT_MUTEX, rt_object_at(m, RT_MUTEX, c->pc), -1,
                 c->frame);
        if (rt_forked() && !is_shared(m)) {
            rt_forked_wait(t->wait_object, &t->wait, c->word);
        }
        if (sched_on()) {
            TRY_UNTIL(t, rc, try_mutex(m), SCHED_NEVER, EBUSY);
        } else {
            rc = __real_pthread_mutex_lock(m);
        }
    }
    if (has_it(rc)) {
        rt_locked(t, m, RT_MUTEX, c, true);
    }
    t->want.kind = WANT_NOTHING;
    return rc;
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *m)
{
    return rt_mutex_lock(m, HERE);
}

int rt_mutex_trylock(pthread_mutex_t *m, const struct call *c)
{
    struct rt_thread *t = rt_self();
    int rc;

    rt_look(t);
    must_be_made(t, m, c);
    rt_walk(&t->wait, c->frame, t->stack_top);
    rc = try_mutex(m);
    if (rc == EBUSY && sched_on()) {
        rt_try_failed(t, rt_object_at(m, RT_MUTEX, c->pc), c);
    }
    if (has_it(rc)) {
        /* A try never waits, so it makes no lock order. */
        rt_locked(t, m, RT_MUTEX, c, false);
    }
    return rc;
}

int __wrap_pthread_mutex_trylock(pthread_mutex_t *m)
{
    return rt_mutex_trylock(m, HERE);
}

#define TIMED_LOCK(real, clock, c)                                         \
    struct rt_thread *t = rt_self();                                       \
    int rc;                                                                \
    rt_point(t);                                                           \
    must_be_made(t, m, c);                                                 \
    rc = sched_on() ? try_mutex(m) : EBUSY;                                \
    if (rc == EBUSY) {                                                     \
        t->wait_ms = rt_remaining_ms(until);                               \
        rt_block(t, RT_TIMED_WAIT, rt_object_at(m, RT_MUTEX, (c)->pc), -1, \
                 (c)->frame);                                              \
        if (sched_on() && sched_time_is_good(until)) {                     \
            TRY_UNTIL(t, rc, try_mutex(m), sched_deadline(clock, until),   \
                      EBUSY);                                              \
        } else {                                                           \
            rc = real;                                                     \
        }                                                                  \
        rt_unblock(t);                                                     \
    }                                                                      \
    if (has_it(rc)) {                                                      \
        rt_locked(t, m, RT_MUTEX, c, false);                               \
    }                                                                      \
    return rc

int rt_mutex_timedlock(pthread_mutex_t *m, deadline until, const struct call *c)
{
    TIMED_LOCK(__real_pthread_mutex_timedlock(m, until), CLOCK_REALTIME, c);
}

int __wrap_pthread_mutex_timedlock(pthread_mutex_t *m, deadline until)
{
    return rt_mutex_timedlock(m, until, HERE);
}

int __wrap_pthread_mutex_clocklock(pthread_mutex_t *m, clockid_t clock,
                                   deadline until)
{
    const struct call *c = HERE;
    struct timespec real; /* of a call that the sanitizers know */

    TIMED_LOCK(
        __real_pthread_mutex_timedlock(m, rt_realtime(clock, until, &real)),
        clock, c);
}

/* Unlocking what one does not hold is undefined for a plain mutex; the
 * checking kinds answer EPERM, which a program may rely on. */
int rt_mutex_unlock(pthread_mutex_t *m, const struct call *c)
{
    struct rt_thread *t = rt_self();
    struct rt_stack at;
    int object, rc;

    rt_point(t); /* a try by somebody else can fail now */
    rt_uses(m, RT_MUTEX, c);
    rt_walk(&at, c->frame, t->stack_top);
    rt_lock();
    object = rt_object(m, RT_MUTEX, c->pc);
    if (!rt_released(t, object)) {
        if (mutex_type(m) == PTHREAD_MUTEX_RECURSIVE ||
            mutex_type(m) == PTHREAD_MUTEX_ERRORCHECK) {
            rt_unlock();
            return EPERM;
        }
        rt_bad_unlock(t, object, &at, c);
    }
    step_made(t, OP_UNLOCK, object, -1, c->pc);
    rt_unlock();
    rc = __real_pthread_mutex_unlock(m);
    sched_tell_object(object);
    sched_point(t, false);
    return rc;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *m)
{
    return rt_mutex_unlock(m, HERE);
}
