/* SPDX-License-Identifier: MIT */
/* wrap_calls.h - what the wrappers share, and the wrapped calls that go by
 * more than one name: C11 has its own for much of pthreads.
 *
 * All functions here are for threads of the child and do what the call they
 * are named after does, in controlled runs and in others. */
#ifndef WRAP_CALLS_H
#define WRAP_CALLS_H

#include "cancel.h"
#include "rt.h"

typedef const struct timespec *deadline;

/* The student's call, as the reports show it. It lives in the frame of the
 * wrapper, and so must that frame while `frame` is followed: the runtime is
 * compiled without tail calls. */
struct call {
    uintptr_t pc;
    const void *frame;
    const char *word; /* the name of the function called */
};

/* In a wrapper only: the call that is being made. */
#define HERE                                                     \
    (&(const struct call){RT_CALLER, __builtin_frame_address(0), \
                          __func__ + sizeof "__wrap_" - 1})

/* Under control nobody blocks in the kernel: try, and sleep until whoever
 * has the thing tells that it is free. Anyone may be quicker then. A signal
 * handler may make calls in the midst of a try, and be told what was meant for
 * the try: then it counts for nothing. */
#define TRY_UNTIL(t, rc, try, until, busy)                  \
    for (;;) {                                              \
        unsigned ops_ = (t)->ops;                           \
        rc = (try);                                         \
        if (rc != (busy)) {                                 \
            break;                                          \
        }                                                   \
        if ((t)->ops == ops_ &&                             \
            sched_block((t), (until), false) == WHY_TIME) { \
            rc = ETIMEDOUT;                                 \
            break;                                          \
        }                                                   \
    }

/* Book-keeping of objects (wrap_object.c). Not with rt_lock held, except
 * rt_misuse, which records a proved misuse and ends the run (in a forked
 * process, which is no part of it, it does nothing). */
void rt_misuse(enum rt_note_kind kind, struct rt_thread *t, int object,
               int other, const struct rt_stack *at, const char *word);
void rt_object_new(const void *addr, enum rt_type type, uintptr_t pc,
                   int count);

void rt_object_share(const void *addr, enum rt_type type); /* by processes */

/* A named semaphore was opened: a new object, if it is not open already. */
void rt_object_named(const void *addr, uintptr_t pc, int count);
void rt_object_destroyed(const void *addr, enum rt_type type,
                         const struct call *c);
/* What was destroyed at `addr` and not made again, or -1. rt_lock held. */
int rt_destroyed_at(const void *addr, enum rt_type type);

/* The call uses the object at `addr`, which may have been destroyed, or lie in
 * memory that was freed or is being freed by another thread. Not with rt_lock
 * held. */
void rt_uses(const void *addr, enum rt_type type, const struct call *c);

/* The object of `size` bytes is about to be used: if nobody can have made it,
 * that is a misuse, which ends the run. */
void rt_must_be_made(const void *addr, enum rt_type type, size_t size,
                     const struct call *c);
int rt_object_at(const void *addr, enum rt_type type, uintptr_t pc);
void rt_locked(struct rt_thread *t, const void *lock, enum rt_type type,
               const struct call *c, bool ordered);

/* A call whose limit is no time: who makes it again and again never waits. */
void rt_refused(const struct call *c);

/* Such a call says so at once, and does nothing. (A mutex that is free is
 * locked all the same.) */
#define REFUSE_BAD_TIME(until, real, c) \
    if (!sched_time_is_good(until)) {   \
        rt_refused(c);                  \
        return real;                    \
    }

/* futex(2) with its arguments, in a run; like the call (wrap_futex.c). */
long rt_futex_call(long number, const unsigned long *a, const struct call *c);

/* True if who locks it next is told that its owner has ended. */
bool rt_mutex_is_robust(int object);

/* Of a lock (mutex or spin lock): an unlock by a thread that does not hold it,
 * which is misuse, with rt_lock held; and a try that failed under control:
 * others go on first. */
void rt_bad_unlock(struct rt_thread *t, int object, const struct rt_stack *at,
                   const struct call *c);
void rt_try_failed(struct rt_thread *t, int object, const struct call *c);

int rt_mutex_lock(pthread_mutex_t *m, const struct call *c);
int rt_mutex_trylock(pthread_mutex_t *m, const struct call *c);
int rt_mutex_timedlock(pthread_mutex_t *m, deadline until,
                       const struct call *c);
int rt_mutex_unlock(pthread_mutex_t *m, const struct call *c);
int rt_cond_wait(pthread_cond_t *c, pthread_mutex_t *m,
                 const struct call *from);
int rt_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, deadline until,
                      const struct call *from);
int rt_cond_wake(pthread_cond_t *c, bool all, const struct call *from);

/* `fn`, or `plain` as C11 has it: the other is NULL (wrap_thread.c). */
int rt_thread_create(pthread_t *handle, const pthread_attr_t *attr,
                     void *(*fn)(void *), int (*plain)(void *), void *arg,
                     const struct call *c);
/* The thread that `handle` names, or NULL. */
struct rt_thread *rt_thread_of(pthread_t handle);
int rt_thread_join(pthread_t handle, void **value, const struct call *c);
void rt_joiner_wake(struct rt_thread *t); /* whoever joins `t` */
/* Returns when the kernel has `t`, which is on its way out, no more. */
void rt_await_last(const struct rt_thread *t);
int rt_thread_detach(pthread_t handle, const struct call *c);
void rt_thread_exit(void *value, const struct call *c)
    __attribute__((noreturn));

/* The end of the process where it is none of the case: a finding. */
void rt_ended_by(const char *word, const void *frame) __attribute__((noreturn));

int rt_once(pthread_once_t *once, void (*fn)(void), const struct call *c);

/* 0 or an errno value (wrap_time.c). */
int rt_sleep(clockid_t clock, int flags, const struct timespec *want,
             struct timespec *left, const struct call *c);
void rt_yield(const struct call *c);

/* The same moment on the clock that every tool understands: calls that name
 * another clock are unknown to ThreadSanitizer. Fills and returns `out`. */
deadline rt_realtime(clockid_t clock, deadline until, struct timespec *out);

#endif
