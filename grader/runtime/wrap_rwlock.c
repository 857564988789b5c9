/* SPDX-License-Identifier: MIT */
/* wrap_rwlock.c - read-write locks. */
#include "hb.h"
#include "rt.h"
#include "scheduler.h"
#include "steps.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <errno.h>
#include <valgrind/helgrind.h>

REAL(int, pthread_rwlock_rdlock, (pthread_rwlock_t *));
REAL(int, pthread_rwlock_wrlock, (pthread_rwlock_t *));
REAL(int, pthread_rwlock_tryrdlock, (pthread_rwlock_t *));
REAL(int, pthread_rwlock_trywrlock, (pthread_rwlock_t *));
REAL(int, pthread_rwlock_timedrdlock, (pthread_rwlock_t *, deadline));
REAL(int, pthread_rwlock_timedwrlock, (pthread_rwlock_t *, deadline));
REAL(int, pthread_rwlock_clockrdlock,
     (pthread_rwlock_t *, clockid_t, deadline));
REAL(int, pthread_rwlock_clockwrlock,
     (pthread_rwlock_t *, clockid_t, deadline));
REAL(int, pthread_rwlock_unlock, (pthread_rwlock_t *));

/* A reader: counted in `users`, listed among what the thread holds. */
static void read_locked(struct rt_thread *t, const void *lock, uintptr_t pc)
{
    int object;

    rt_lock();
    object = rt_object(lock, RT_RWLOCK, pc);
    atomic_store(&t->state, RT_RUNNING);
    t->wait_object = -1;
    if (object >= 0) {
        rt->objects[object].users++;
        rt->nests = rt->nests || t->held_count > 0;
        hb_acquire(t, object);
    }
    if (object >= 0 && t->held_count < RT_HELD) {
        t->held[t->held_count++] = (struct rt_held){object, pc};
    } else if (object >= 0) {
        t->unlisted++;
    }
    step_made(t, OP_LOCK, object, -1, pc);
    rt_unlock();
}

#define RW_LOCK(state, wants, try, until, lock, done)                 \
    struct rt_thread *t = rt_self();                                  \
    int rc;                                                           \
    t->want = (struct rt_want){wants, l};                             \
    rt_point(t);                                                      \
    rc = try(l);                                                      \
    if (rc == EBUSY) {                                                \
        rt_block(t, state, rt_object_at(l, RT_RWLOCK, RT_CALLER), -1, \
                 __builtin_frame_address(0));                         \
        if (sched_on()) {                                             \
            TRY_UNTIL(t, rc, try(l), until, EBUSY);                   \
        } else {                                                      \
            rc = lock;                                                \
        }                                                             \
        rt_unblock(t);                                                \
    }                                                                 \
    if (rc == 0) {                                                    \
        done;                                                         \
    }                                                                 \
    t->want.kind = WANT_NOTHING;                                      \
    return rc

#define READ_LOCK(state, until, lock)                                       \
    RW_LOCK(state, WANT_READ, __real_pthread_rwlock_tryrdlock, until, lock, \
            read_locked(t, l, RT_CALLER))
#define WRITE_LOCK(state, until, lock)                                       \
    RW_LOCK(state, WANT_WRITE, __real_pthread_rwlock_trywrlock, until, lock, \
            rt_locked(t, l, RT_RWLOCK, HERE, false))

/* Helgrind knows no such lock with a limit. */
static int real_timed_read(pthread_rwlock_t *l, deadline until)
{
    int rc = __real_pthread_rwlock_timedrdlock(l, until);

    if (rc == 0) {
        ANNOTATE_RWLOCK_ACQUIRED(l, 0);
    }
    return rc;
}

static int real_timed_write(pthread_rwlock_t *l, deadline until)
{
    int rc = __real_pthread_rwlock_timedwrlock(l, until);

    if (rc == 0) {
        ANNOTATE_RWLOCK_ACQUIRED(l, 1);
    }
    return rc;
}

int __wrap_pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
    READ_LOCK(RT_WAIT_RWLOCK, SCHED_NEVER, __real_pthread_rwlock_rdlock(l));
}

int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
    WRITE_LOCK(RT_WAIT_RWLOCK, SCHED_NEVER, __real_pthread_rwlock_wrlock(l));
}

int __wrap_pthread_rwlock_timedrdlock(pthread_rwlock_t *l, deadline until)
{
    REFUSE_BAD_TIME(until, __real_pthread_rwlock_timedrdlock(l, until), HERE);
    rt_self()->wait_ms = rt_remaining_ms(until);
    READ_LOCK(RT_TIMED_WAIT, sched_deadline(CLOCK_REALTIME, until),
              real_timed_read(l, until));
}

int __wrap_pthread_rwlock_timedwrlock(pthread_rwlock_t *l, deadline until)
{
    REFUSE_BAD_TIME(until, __real_pthread_rwlock_timedwrlock(l, until), HERE);
    rt_self()->wait_ms = rt_remaining_ms(until);
    WRITE_LOCK(RT_TIMED_WAIT, sched_deadline(CLOCK_REALTIME, until),
               real_timed_write(l, until));
}

int __wrap_pthread_rwlock_clockrdlock(pthread_rwlock_t *l, clockid_t clock,
                                      deadline until)
{
    struct timespec real;

    REFUSE_BAD_TIME(until, __real_pthread_rwlock_timedrdlock(l, until), HERE);
    rt_self()->wait_ms = rt_remaining_ms(until);
    READ_LOCK(RT_TIMED_WAIT, sched_deadline(clock, until),
              real_timed_read(l, rt_realtime(clock, until, &real)));
}

int __wrap_pthread_rwlock_clockwrlock(pthread_rwlock_t *l, clockid_t clock,
                                      deadline until)
{
    struct timespec real;

    REFUSE_BAD_TIME(until, __real_pthread_rwlock_timedwrlock(l, until), HERE);
    rt_self()->wait_ms = rt_remaining_ms(until);
    WRITE_LOCK(RT_TIMED_WAIT, sched_deadline(clock, until),
               real_timed_write(l, rt_realtime(clock, until, &real)));
}

#define TRY_LOCK(try, taken)          \
    struct rt_thread *t = rt_self();  \
    int rc;                           \
    rt_look(t);                       \
    rc = __real_pthread_rwlock_##try; \
    if (rc == EBUSY) {                \
        sched_touch(l, TOUCH_READ);   \
        sched_point(t, true);         \
    }                                 \
    if (rc == 0) {                    \
        taken;                        \
    }                                 \
    return rc

int __wrap_pthread_rwlock_tryrdlock(pthread_rwlock_t *l)
{
    TRY_LOCK(tryrdlock(l), read_locked(t, l, RT_CALLER));
}

int __wrap_pthread_rwlock_trywrlock(pthread_rwlock_t *l)
{
    TRY_LOCK(trywrlock(l), rt_locked(t, l, RT_RWLOCK, HERE, false));
}

static void drop_reader(struct rt_thread *t, int object)
{
    bool listed = false;

    for (int i = 0; i < t->held_count && !listed; i++) {
        listed = t->held[i].object == object;
        if (listed) {
            t->held[i] = t->held[--t->held_count];
        }
    }
    if (!listed && t->unlisted == 0) {
        return; /* a process that was forked, where nothing is judged */
    }
    t->unlisted -= !listed;
    rt->objects[object].users--;
    hb_release_shared(t, object);
}

int __wrap_pthread_rwlock_unlock(pthread_rwlock_t *l)
{
    struct rt_thread *t = rt_self();
    struct rt_stack at;
    bool reads = false;
    int object, rc;

    rt_point(t); /* a try by somebody else can fail now */
    RT_CALLER_STACK(&at, t);
    rt_lock();
    object = rt_object(l, RT_RWLOCK, RT_CALLER);
    if (object >= 0 && !rt_released(t, object)) {
        if (!rt_holds(t, object) && t->unlisted == 0) {
            rt_misuse(NOTE_UNLOCK_NOT_HELD, t, object, -1, &at,
                      "pthread_rwlock_unlock");
        }
        reads = true;
    }
    step_made(t, OP_UNLOCK, object, -1, RT_CALLER);
    if (reads) { /* until here it is known for a reader's */
        drop_reader(t, object);
    }
    rt_unlock();
    rc = __real_pthread_rwlock_unlock(l);
    sched_tell_object(object);
    rt_point(t);
    return rc;
}
