/* SPDX-License-Identifier: MIT */
/* wrap_object.c - the life of what is locked and waited for, whatever its type:
 * made, used, destroyed; and what is said of a misuse of it.
 *
 * Misuse that POSIX leaves undefined ends the run at once: what the program
 * does afterwards proves nothing. */
#include "access.h"
#include "heap.h"
#include "rt.h"
#include "scheduler.h"
#include "shadow.h"
#include "steps.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <malloc.h>
#include <semaphore.h>

REAL(int, pthread_mutex_init, (pthread_mutex_t *, const pthread_mutexattr_t *));
REAL(int, pthread_mutex_destroy, (pthread_mutex_t *));
REAL(int, pthread_cond_init, (pthread_cond_t *, const pthread_condattr_t *));
REAL(int, pthread_cond_destroy, (pthread_cond_t *));
REAL(int, pthread_rwlock_init,
     (pthread_rwlock_t *, const pthread_rwlockattr_t *));
REAL(int, pthread_rwlock_destroy, (pthread_rwlock_t *));
REAL(int, sem_destroy, (sem_t *));
REAL(int, pthread_barrier_destroy, (pthread_barrier_t *));
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

void rt_object_share(const void *addr, enum rt_type type)
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
    step_made(t, OP_LOCK, object, -1, c->pc);
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

int rt_destroyed_at(const void *addr, enum rt_type type)
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
    object = rt_destroyed_at(addr, type);
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

void rt_bad_unlock(struct rt_thread *t, int object, const struct rt_stack *at,
                   const struct call *c)
{
    int owner = rt->objects[object].owner;

    rt_misuse(owner < 0 ? NOTE_UNLOCK_NOT_HELD : NOTE_UNLOCK_NOT_OWNER, t,
              object, owner, at, c->word);
}

void rt_try_failed(struct rt_thread *t, int object, const struct call *c)
{
    step_made(t, OP_TRY_FAILED, object, -1, c->pc);
    sched_point(t, true);
}

/* Whoever asks again and again never waits. Once is nobody's mistake: a program
 * may want to know what such a call says. */
void rt_refused(const struct call *c)
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
