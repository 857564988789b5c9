/* SPDX-License-Identifier: MIT */
/* wrap_sync.c - mutexes, conditions, read-write locks, semaphores, barriers.
 *
 * The pattern is the same everywhere: a point (noise.c), the book-keeping
 * under rt_lock, the real call, the book-keeping after it. A lock is first
 * tried; only when that fails is the thread recorded as waiting, so an
 * uncontended lock costs no stack walk.
 *
 * Misuse that POSIX leaves undefined ends the run at once: what the program
 * does afterwards proves nothing. */
#include "access.h"
#include "hb.h"
#include "heap.h"
#include "rt.h"
#include "scheduler.h"
#include "shadow.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <errno.h>
#include <malloc.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <valgrind/helgrind.h>

REAL(int, pthread_mutex_init, (pthread_mutex_t *, const pthread_mutexattr_t *));
REAL(int, pthread_mutex_destroy, (pthread_mutex_t *));
REAL(int, pthread_mutex_lock, (pthread_mutex_t *));
REAL(int, pthread_mutex_trylock, (pthread_mutex_t *));
REAL(int, pthread_mutex_timedlock, (pthread_mutex_t *, deadline));
REAL(int, pthread_mutex_unlock, (pthread_mutex_t *));
REAL(int, pthread_cond_init, (pthread_cond_t *, const pthread_condattr_t *));
REAL(int, pthread_cond_destroy, (pthread_cond_t *));
REAL(int, pthread_cond_wait, (pthread_cond_t *, pthread_mutex_t *));
REAL(int, pthread_cond_timedwait,
     (pthread_cond_t *, pthread_mutex_t *, deadline));
REAL(int, pthread_cond_clockwait,
     (pthread_cond_t *, pthread_mutex_t *, clockid_t, deadline));
REAL(int, pthread_cond_signal, (pthread_cond_t *));
REAL(int, pthread_cond_broadcast, (pthread_cond_t *));
REAL(int, pthread_rwlock_init,
     (pthread_rwlock_t *, const pthread_rwlockattr_t *));
REAL(int, pthread_rwlock_destroy, (pthread_rwlock_t *));
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
REAL(int, sem_init, (sem_t *, int, unsigned));
REAL(int, sem_destroy, (sem_t *));
REAL(int, sem_wait, (sem_t *));
REAL(int, sem_trywait, (sem_t *));
REAL(int, sem_timedwait, (sem_t *, deadline));
REAL(int, sem_clockwait, (sem_t *, clockid_t, deadline));
REAL(int, sem_post, (sem_t *));
REAL(int, pthread_barrier_init,
     (pthread_barrier_t *, const pthread_barrierattr_t *, unsigned));
REAL(int, pthread_barrier_destroy, (pthread_barrier_t *));
REAL(int, pthread_barrier_wait, (pthread_barrier_t *));
REAL(void, free, (void *));

enum {
    REFUSED_TIMES = 1000, /* calls with a limit that is no time: a loop */
    REFUSED_GAP = 8,      /* other calls in between */
};

/* Records a proved misuse and ends the run. rt_lock held. */
void rt_misuse(enum rt_note_kind kind, struct rt_thread *t, int object,
               int other, const struct rt_stack *at, const char *word)
{
    struct rt_stack also = {0};
    uintptr_t pc = 0;

    if (rt_forked()) {
        return; /* the books of a forked process prove nothing */
    }
    if (object >= 0) {
        const struct rt_object *o = &rt->objects[object];
        pc = o->destroyed ? o->destroyed_pc : o->acquired_pc;
    }
    if (pc != 0) {
        also = (struct rt_stack){1, {pc}};
    }
    rt_note(kind, t, object, other, at, &also, word);
    rt_finish(END_FAILED);
}

static bool somebody_waits(int object)
{
    int count = atomic_load(&rt->thread_count);

    for (int i = 0; i < count; i++) {
        const struct rt_thread *t = &rt->threads[i];
        int state = atomic_load(&t->state);
        if (t->wait_object == object &&
            (state == RT_WAIT_MUTEX || state == RT_WAIT_RWLOCK)) {
            return true;
        }
    }
    return false;
}

/* True if a thread is in a wait that is to lock this mutex again. */
static bool is_waited_with(int mutex)
{
    for (int i = 0; i < rt->object_count; i++) {
        const struct rt_object *o = &rt->objects[i];
        if (o->type == RT_COND && !o->gone && o->users > 0 &&
            o->partner == mutex) {
            return true;
        }
    }
    return false;
}

/* A new object at `addr`: whatever was known of an old one is void. */
void rt_object_new(const void *addr, enum rt_type type, uintptr_t pc, int count)
{
    int object;

    rt_lock();
    object = rt_object_find(addr, type);
    rt_object_forget(object);
    object = rt_object(addr, type, pc);
    if (object >= 0) {
        rt->objects[object].init_pc = pc;
        rt->objects[object].count = count;
    }
    rt_unlock();
    sched_touch(addr, TOUCH_WRITE);
}

/* Other processes have it, too. */
static void rt_object_share(const void *addr, enum rt_type type)
{
    int object;

    rt_lock();
    object = rt_object_find(addr, type);
    if (object >= 0) {
        rt->objects[object].shared = true;
    }
    rt_unlock();
}

void rt_object_named(const void *addr, uintptr_t pc, int count)
{
    int object;

    rt_lock();
    object = rt_object_find(addr, RT_SEM);
    rt_unlock();
    if (object < 0) {
        rt_object_new(addr, RT_SEM, pc, count);
        rt_object_share(addr, RT_SEM);
    }
}

/* An object is destroyed: nobody may hold it or wait for it. A thread that
 * was already woken from a condition no longer counts as waiting. */
void rt_object_destroyed(const void *addr, enum rt_type type,
                         const struct call *c)
{
    struct rt_thread *t = rt_self();
    struct rt_stack at;
    int object;

    rt_point(t);
    rt_walk(&at, c->frame, t->stack_top);
    rt_lock();
    object = rt_object(addr, type, c->pc);
    if (object >= 0) {
        struct rt_object *o = &rt->objects[object];
        bool held = type != RT_COND && (o->owner >= 0 || o->users > 0);
        if (held || somebody_waits(object) || is_waited_with(object) ||
            (type == RT_COND && o->users > o->count)) {
            rt_misuse(NOTE_DESTROY_IN_USE, t, object, o->owner, &at, c->word);
        }
        o->destroyed = true;
        o->destroyed_by = rt_index(t);
        o->destroyed_pc = c->pc;
        rt_object_forget(object);
    }
    rt_unlock();
    sched_touch(addr, TOUCH_WRITE);
}

#define DESTROYS(name, ctype, type)         \
    int __wrap_##name(ctype *x)             \
    {                                       \
        rt_object_destroyed(x, type, HERE); \
        return __real_##name(x);            \
    }
DESTROYS(pthread_mutex_destroy, pthread_mutex_t, RT_MUTEX)
DESTROYS(pthread_cond_destroy, pthread_cond_t, RT_COND)
DESTROYS(pthread_rwlock_destroy, pthread_rwlock_t, RT_RWLOCK)
DESTROYS(pthread_barrier_destroy, pthread_barrier_t, RT_BARRIER)
DESTROYS(sem_destroy, sem_t, RT_SEM)

#define CREATES(name, ctype, attribute, type)                             \
    int __wrap_##name(ctype *x, const attribute##_t *attr)                \
    {                                                                     \
        int shared = PTHREAD_PROCESS_PRIVATE;                             \
        rt_object_new(x, type, RT_CALLER, 0);                             \
        if (attr != NULL && attribute##_getpshared(attr, &shared) == 0 && \
            shared == PTHREAD_PROCESS_SHARED) {                           \
            rt_object_share(x, type);                                     \
        }                                                                 \
        return __real_##name(x, attr);                                    \
    }
CREATES(pthread_mutex_init, pthread_mutex_t, pthread_mutexattr, RT_MUTEX)
CREATES(pthread_cond_init, pthread_cond_t, pthread_condattr, RT_COND)
CREATES(pthread_rwlock_init, pthread_rwlock_t, pthread_rwlockattr, RT_RWLOCK)

/* Memory that is given back takes the objects inside it with it. */
GIVES_ITS_FRAME void __wrap_free(void *p)
{
    if (p != NULL && rt != NULL) {
        size_t size = malloc_usable_size(p);
        rt_lock();
        rt_forget_range((uintptr_t)p, (uintptr_t)p + size);
        rt_unlock();
        if (!heap_freed(p, RT_CALLER, __builtin_frame_address(0))) {
            return;
        }
    }
    __real_free(p);
}

/* -- mutexes -------------------------------------------------------------- */

static int mutex_type(const pthread_mutex_t *m)
{
    return m->__data.__kind & 3; /* glibc keeps the type in these bits */
}

/* After a successful lock: who owns it, and in which order. */
void rt_locked(struct rt_thread *t, const void *lock, enum rt_type type,
               const struct call *c, bool ordered)
{
    struct rt_stack at;
    int object;

    rt_lock();
    object = rt_object(lock, type, c->pc);
    atomic_store(&t->state, RT_RUNNING);
    t->wait_object = -1;
    if (ordered && t->held_count > 0 && object >= 0) {
        rt_walk(&at, c->frame, t->stack_top);
        rt_order_acquire(t, object, &at);
    }
    rt_acquired(t, object, c->pc);
    sched_step(t, OP_LOCK, object, -1, c->pc);
    rt_unlock();
}

extern const char __executable_start, _end;

/* True if a call of that type may find a destroyed object without the library
 * noticing. A mutex says so itself (must_be_made); a read-write lock can be
 * made anew by an assignment; a destroyed condition has a bit set, in glibc's
 * count of its users, that a waiter would see. */
static bool may_be_destroyed(const void *addr, enum rt_type type)
{
    enum { WOKEN_TO_GO = 4 };
    const pthread_cond_t *cond = addr;

    return type == RT_SEM || type == RT_BARRIER ||
           (type == RT_COND && (cond->__data.__wrefs & WOKEN_TO_GO) != 0);
}

/* What was destroyed at `addr` and not made again, or -1. rt_lock held. */
static int destroyed_at(const void *addr, enum rt_type type)
{
    for (int i = rt->object_count - 1; i >= 0; i--) {
        const struct rt_object *o = &rt->objects[i];
        if (o->addr == (uintptr_t)addr && o->type == (int)type) {
            if (o->destroyed || !o->gone) {
                return o->destroyed ? i : -1;
            }
        }
    }
    return -1;
}

static void must_not_be_destroyed(const void *addr, enum rt_type type,
                                  const struct call *c)
{
    struct rt_thread *t = rt_self();
    struct rt_stack at;
    int object;

    rt_lock();
    object = destroyed_at(addr, type);
    if (object >= 0) {
        rt_walk(&at, c->frame, t->stack_top);
        rt_misuse(NOTE_DESTROYED, t, object, rt->objects[object].destroyed_by,
                  &at, c->word);
    }
    rt_unlock();
}

/* As an atomic access to its first byte: two such calls never race. Nobody
 * frees what is static. */
void rt_uses(const void *addr, enum rt_type type, const struct call *c)
{
    if (may_be_destroyed(addr, type)) {
        must_not_be_destroyed(addr, type, c);
    }
    if ((const char *)addr >= &__executable_start &&
        (const char *)addr < &_end) {
        return;
    }
    access_made((uintptr_t)addr, 1, ACCESS_ATOMIC, c->pc, c->frame);
}

int rt_object_at(const void *addr, enum rt_type type, uintptr_t pc)
{
    int object;

    rt_lock();
    object = rt_object(addr, type, pc);
    rt_unlock();
    return object;
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
    object = destroyed_at(m, RT_MUTEX);
    if (object >= 0 && !made) {
        rt_misuse(NOTE_DESTROYED, t, object, rt->objects[object].destroyed_by,
                  &at, c->word);
    }
    rt_misuse(made ? NOTE_COPIED : NOTE_NOT_MADE, t,
              rt_object(m, RT_MUTEX, c->pc), -1, &at, c->word);
    rt_unlock();
}

/* For objects that no initialiser makes. Whoever makes one leaves it other than
 * zero, so one that is zero, and that nobody has made or used in this run, was
 * never made. */
void rt_must_be_made(const void *addr, enum rt_type type, size_t size,
                     const struct call *c)
{
    struct rt_thread *t = rt_self();
    struct rt_stack at;

    if (!sched_on()) {
        return; /* Helgrind would mind the look at it */
    }
    for (size_t i = 0; i < size; i++) {
        if (((const volatile char *)addr)[i] != 0) {
            return;
        }
    }
    rt_lock();
    if (rt_object_find(addr, type) < 0 && rt->object_count < RT_OBJECTS &&
        !rt->has_help) {
        rt_walk(&at, c->frame, t->stack_top);
        rt_misuse(NOTE_NEVER_MADE, t, rt_object(addr, type, c->pc), -1, &at,
                  c->word);
    }
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

void rt_bad_unlock(struct rt_thread *t, int object, const struct rt_stack *at,
                   const struct call *c)
{
    int owner = rt->objects[object].owner;

    rt_misuse(owner < 0 ? NOTE_UNLOCK_NOT_HELD : NOTE_UNLOCK_NOT_OWNER, t,
              object, owner, at, c->word);
}

void rt_try_failed(struct rt_thread *t, int object, const struct call *c)
{
    sched_step(t, OP_TRY_FAILED, object, -1, c->pc);
    sched_point(t, true);
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

/* Whoever asks again and again never waits. Once is nobody's mistake: a program
 * may want to know what such a call says. */
static void is_refused(const struct call *c)
{
    struct rt_thread *t = rt_self();
    struct rt_stack at;

    rt_look(t);
    t->refusals = t->ops - t->refused_at <= REFUSED_GAP ? t->refusals + 1 : 1;
    t->refused_at = t->ops;
    if (t->refusals == REFUSED_TIMES) {
        rt_lock();
        rt_walk(&at, c->frame, t->stack_top);
        rt_misuse(NOTE_BAD_TIME, t, -1, -1, &at, c->word);
        rt_unlock();
    }
}

/* A limit that is no time: the call itself says so at once, and does nothing.
 * (A mutex that is free is locked all the same.) */
#define REFUSE_BAD_TIME(until, real, c) \
    if (!sched_time_is_good(until)) {   \
        is_refused(c);                  \
        return real;                    \
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
    sched_step(t, OP_UNLOCK, object, -1, c->pc);
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

/* -- conditions ----------------------------------------------------------- */

struct waiting { /* what a cancelled wait must put right */
    struct rt_thread *t;
    int cond, mutex;
    bool told; /* it took one of the wake-ups counted in the condition */
    uintptr_t pc;
    const void *frame;
};

static void add_site(struct rt_sites *s, uintptr_t pc)
{
    for (int i = 0; i < s->count; i++) {
        if (s->pc[i] == pc) {
            return;
        }
    }
    if (s->count < RT_SITES) {
        s->pc[s->count++] = pc;
    }
}

/* Whoever waits at the place where it woke up too early may be in a loop that
 * looks with the mutex unlocked in between. rt_lock held. */
static void note_again(const struct rt_thread *t, int cond,
                       const struct rt_stack *at)
{
    for (int i = 0; i < rt->note_count; i++) {
        struct rt_note *n = &rt->notes[i];
        if (n->kind == NOTE_SPURIOUS && n->thread == rt_index(t) &&
            n->object == cond && n->at.pc[0] == at->pc[0]) {
            n->again = true;
        }
    }
}

/* Under control. Whoever was woken by a signal and waits again, without a call
 * in between, had no use for it. rt_lock held. */
static void note_wasted(struct rt_thread *t, int cond)
{
    struct rt_object *o = &rt->objects[cond];

    if (t->signal.pc != 0 && t->signal.cond == cond &&
        t->signal.to_ops == t->ops && t->signal.number == o->signals) {
        o->wasted = t->signal;
    }
    t->signal.pc = 0;
}

static struct waiting wait_begin(pthread_cond_t *c, pthread_mutex_t *m,
                                 enum rt_state state, const struct call *from)
{
    struct rt_thread *t = rt_self();
    struct waiting w = {.t = t, .pc = from->pc, .frame = from->frame};
    struct rt_object *o;
    struct rt_stack at;

    rt_lock();
    w.cond = rt_object(c, RT_COND, from->pc);
    if (t->woken_from == w.cond) {
        t->woken_from = -1; /* it looked again, and waits again: a loop */
        if (t->woken_at.pc[0] == from->pc) {
            add_site(&rt->loops, from->pc);
        }
    }
    if (w.cond >= 0) {
        note_wasted(t, w.cond);
    }
    t->passed.pc = 0;
    rt_unlock();
    rt_point(t);
    rt_uses(c, RT_COND, from);
    rt_walk(&at, from->frame, t->stack_top);
    rt_lock();
    w.mutex = rt_object(m, RT_MUTEX, from->pc);
    if (w.cond >= 0 && w.mutex >= 0) {
        o = &rt->objects[w.cond];
        if (!rt_holds(t, w.mutex) && t->held_count < RT_HELD) {
            rt_misuse(NOTE_WAIT_WITHOUT_MUTEX, t, w.mutex, w.cond, &at,
                      from->word);
        }
        if (o->users > o->count && o->partner != w.mutex) {
            rt_misuse(NOTE_TWO_MUTEXES, t, w.mutex, w.cond, &at, from->word);
        }
        note_again(t, w.cond, &at);
        o->missed = sched_on() && o->lost_pc != 0 &&
                    o->lost_step >= rt->objects[w.mutex].acquired_step;
        o->partner = w.mutex;
        o->users++;
        o->waits_begun++;
        rt_released(t, w.mutex);
    }
    t->wait = at;
    t->wait_object = w.cond;
    atomic_store(&t->state, state);
    rt_unlock();
    return w;
}

static void wait_end(void *arg)
{
    struct waiting *w = arg;

    rt_lock();
    atomic_store(&w->t->state, RT_RUNNING);
    w->t->wait_object = -1;
    if (w->cond >= 0 && w->mutex >= 0) {
        struct rt_object *o = &rt->objects[w->cond];
        o->users--;
        o->count -= w->told && o->count > 0;
        /* A signal may have been meant for one that left for another reason. */
        o->count = o->count < o->users ? o->count : o->users;
        rt_acquired(w->t, w->mutex, w->pc);
    }
    rt_unlock();
}

static void took_for_signal(struct waiting *w)
{
    const uintptr_t *fp = w->frame;
    struct rt_thread *t = w->t;

    t->woken_from = w->cond;
    t->woken_at = t->wait;
    t->woken_levels = t->wait.depth < RT_LEVELS ? t->wait.depth : RT_LEVELS;
    for (int i = 0; i < t->woken_levels; i++) {
        t->woken_in[i] = (struct rt_level){fp[0], fp[1]};
        fp = (const uintptr_t *)fp[0];
    }
}

/* It was signalled and has its mutex again. Whoever had that in between may
 * have taken what the signal was for. */
static void note_late(const struct waiting *w)
{
    const struct rt_object *o = &rt->objects[w->mutex];
    const struct rt_signal *s = &w->t->signal;

    if (w->mutex >= 0 && o->acquired_by != rt_index(w->t) &&
        (o->acquired_by != s->by || o->acquired_step > s->step)) {
        add_site(&rt->late, w->pc);
    }
}

/* glibc keeps the clock of a condition in this bit of its waiters' count. */
static clockid_t cond_clock(const pthread_cond_t *c)
{
    return (c->__data.__wrefs & 2) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

/* How many signals and broadcasts have found a waiter. */
static uint32_t signals_of(const struct waiting *w)
{
    return w->cond >= 0 ? rt->objects[w->cond].signals : 0;
}

/* A wait under control: unlock, sleep, lock, in steps of our own. As POSIX
 * has it, a cancelled wait takes the mutex again before the clean-up. */
static int controlled_wait(struct waiting *w, pthread_mutex_t *m,
                           uint64_t until)
{
    struct rt_thread *t = w->t;
    enum rt_why why;
    uint32_t signals;
    int rc;

    __real_pthread_testcancel();
    sched_step(t, OP_WAIT, w->cond, -1, w->pc);
    __real_pthread_mutex_unlock(m);
    sched_tell_object(w->mutex);
    sched_touch(m, TOUCH_UNLOCK);
    t->want = (struct rt_want){WANT_LOCK, m};
    why = rt_block_point(t, until, true, EINTR_NEVER);
    signals = signals_of(w);
    w->told = why == WHY_TOLD;
    t->signal.to_ops = t->ops;
    rt_lock();
    t->wait_object = w->mutex;
    atomic_store(&t->state, RT_WAIT_MUTEX);
    rt_unlock();
    if (why == WHY_TIME) {
        sched_point(t, false); /* what it gave up may come after all */
    }
    rc = __real_pthread_mutex_trylock(m);
    if (rc == EBUSY) {
        rt_lock();
        rt_find_cycle(t);
        rt_unlock();
        TRY_UNTIL(t, rc, __real_pthread_mutex_trylock(m), SCHED_NEVER, EBUSY);
    }
    t->why = why;
    sched_touch(m, TOUCH_LOCK);
    t->want.kind = WANT_NOTHING;
    sched_step(t, OP_WAKE, w->cond, -1, w->pc);
    /* If it was signalled while this thread took the mutex, there is what it
     * may have been waiting for. */
    if (why == WHY_SPURIOUS && signals_of(w) == signals) {
        took_for_signal(w);
    } else if (why == WHY_TOLD) {
        note_late(w);
    }
    if (why == WHY_CANCELLED) {
        __real_pthread_testcancel();
    }
    return why == WHY_TIME ? ETIMEDOUT : rc;
}

#define WAIT(state, until_ns, real, from)             \
    struct waiting w = wait_begin(c, m, state, from); \
    int rc = 0;                                       \
    pthread_cleanup_push(wait_end, &w);               \
    if (sched_on()) {                                 \
        rc = controlled_wait(&w, m, until_ns);        \
    } else {                                          \
        rc = real;                                    \
        w.told = true;                                \
    }                                                 \
    pthread_cleanup_pop(1);                           \
    return rc

int rt_cond_wait(pthread_cond_t *c, pthread_mutex_t *m, const struct call *from)
{
    WAIT(RT_WAIT_COND, SCHED_NEVER, __real_pthread_cond_wait(c, m), from);
}

int __wrap_pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
    return rt_cond_wait(c, m, HERE);
}

int rt_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, deadline until,
                      const struct call *from)
{
    REFUSE_BAD_TIME(until, __real_pthread_cond_timedwait(c, m, until), from);
    rt_self()->wait_ms = rt_remaining_ms(until);
    WAIT(RT_TIMED_WAIT, sched_deadline(cond_clock(c), until),
         __real_pthread_cond_timedwait(c, m, until), from);
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
                                  deadline until)
{
    return rt_cond_timedwait(c, m, until, HERE);
}

int __wrap_pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m,
                                  clockid_t clock, deadline until)
{
    const struct call *from = HERE;

    REFUSE_BAD_TIME(until, __real_pthread_cond_clockwait(c, m, clock, until),
                    from);
    rt_self()->wait_ms = rt_remaining_ms(until);
    WAIT(RT_TIMED_WAIT, sched_deadline(clock, until),
         __real_pthread_cond_clockwait(c, m, clock, until), from);
}

/* Under control: a signal may wake any waiter. */
static void tell_waiters(struct rt_thread *t, int object, bool all,
                         uintptr_t pc)
{
    struct rt_signal signal = {.cond = object,
                               .by = rt_index(t),
                               .step = rt->steps,
                               .number = rt->objects[object].signals};
    int who[RT_THREADS], n = 0;

    for (int i = 0; sched_on() && i < atomic_load(&rt->thread_count); i++) {
        struct rt_thread *w = &rt->threads[i];
        if (w->turn == TURN_BLOCKED && w->may_wake &&
            w->wait_object == object) {
            who[n++] = i;
        }
    }
    if (n > 0 && !all) {
        signal.to = sched_pick(t, who, n);
        signal.pc = n > 1 ? pc : 0;
        for (int i = 0; i < n; i++) {
            rt->threads[who[i]].passed = signal;
        }
        who[0] = signal.to;
        n = 1;
    }
    for (int i = 0; i < n; i++) {
        rt->threads[who[i]].signal = signal;
        sched_tell(&rt->threads[who[i]]);
    }
}

/* Counts the waiters this call wakes (`count` of a condition is the number
 * already woken); remembers a call that woke nobody. */
int rt_cond_wake(pthread_cond_t *c, bool all, const struct call *from)
{
    struct rt_thread *t = rt_self();
    struct rt_object *o;
    int object;

    rt_point(t);
    rt_uses(c, RT_COND, from);
    rt_lock();
    object = rt_object(c, RT_COND, from->pc);
    if (object >= 0) {
        o = &rt->objects[object];
        o->wasted.pc = 0;
        if (o->users == o->count) {
            o->lost_pc = from->pc;
            o->lost_thread = rt_index(t);
            o->lost_after = o->waits_begun;
            o->lost_step = rt->steps;
        } else {
            o->signals++;
            o->lost_pc = 0; /* an older one is not what is missing now */
            o->count = all ? o->users : o->count + 1;
        }
    }
    sched_step(t, all ? OP_BROADCAST : OP_SIGNAL, object, -1, from->pc);
    rt_unlock();
    tell_waiters(t, object, all, from->pc);
    return all ? __real_pthread_cond_broadcast(c)
               : __real_pthread_cond_signal(c);
}

int __wrap_pthread_cond_signal(pthread_cond_t *c)
{
    return rt_cond_wake(c, false, HERE);
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *c)
{
    return rt_cond_wake(c, true, HERE);
}

/* -- read-write locks ----------------------------------------------------- */

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
    sched_step(t, OP_LOCK, object, -1, pc);
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
    sched_step(t, OP_UNLOCK, object, -1, RT_CALLER);
    if (reads) { /* until here it is known for a reader's */
        drop_reader(t, object);
    }
    rt_unlock();
    rc = __real_pthread_rwlock_unlock(l);
    sched_tell_object(object);
    rt_point(t);
    return rc;
}

/* -- semaphores and barriers ---------------------------------------------- */

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
    sched_step(t, OP_TAKE, object, -1, pc);
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
    sched_step(t, OP_POST, object, -1, RT_CALLER);
    rt_unlock();
    ANNOTATE_HAPPENS_BEFORE(s);
    rc = __real_sem_post(s);
    sched_tell_object(object);
    rt_point(t);
    return rc;
}

int __wrap_pthread_barrier_init(pthread_barrier_t *b,
                                const pthread_barrierattr_t *attr,
                                unsigned count)
{
    rt_object_new(b, RT_BARRIER, RT_CALLER, (int)count);
    return __real_pthread_barrier_init(b, attr, count);
}

/* The last one to arrive tells the others. `users` counts who has arrived. */
static int controlled_barrier(struct rt_thread *t, pthread_barrier_t *b)
{
    int object = t->wait_object;
    struct rt_object *o = &rt->objects[object];
    bool last;

    sched_step(t, OP_ARRIVE, object, -1, RT_CALLER);
    rt_tools_release(b);
    hb_release(t, object);
    last = ++o->users >= o->count;
    if (last) {
        o->users = 0;
        t->wait_object = -1;
        sched_tell_object(object);
    } else {
        sched_block(t, SCHED_NEVER, false);
    }
    hb_acquire(t, object);
    rt_tools_acquire(b);
    return last ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

int __wrap_pthread_barrier_wait(pthread_barrier_t *b)
{
    struct rt_thread *t = rt_self();
    int rc;

    rt_point(t);
    rt_uses(b, RT_BARRIER, HERE);
    rt_must_be_made(b, RT_BARRIER, sizeof *b, HERE);
    rt_block(t, RT_WAIT_BARRIER, rt_object_at(b, RT_BARRIER, RT_CALLER), -1,
             __builtin_frame_address(0));
    rc = sched_on() ? controlled_barrier(t, b) : __real_pthread_barrier_wait(b);
    rt_unblock(t);
    return rc;
}
