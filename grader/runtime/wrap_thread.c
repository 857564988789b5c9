/* SPDX-License-Identifier: MIT */
/* wrap_thread.c - threads: created, joined, detached, ended; and the calls
 * that would end the whole process. */
#include "rt.h"
#include "scheduler.h"
#include "threadlab.h"
#include "wrap.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>
#include <valgrind/helgrind.h>

REAL(int, pthread_create,
     (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *));
REAL(int, pthread_join, (pthread_t, void **));
REAL(int, pthread_tryjoin_np, (pthread_t, void **));
REAL(int, pthread_timedjoin_np, (pthread_t, void **, const struct timespec *));
REAL(int, pthread_detach, (pthread_t));
extern void __real_pthread_exit(void *value) __attribute__((noreturn));

void tl_fail_create(int after)
{
    rt->create_budget = after;
}

static void thread_ended(void *arg)
{
    struct rt_thread *t = arg;

    rt_lock();
    for (int i = 0; i < t->held_count; i++) {
        int object = t->held[i].object;
        if (rt->objects[object].type == RT_MUTEX) {
            struct rt_stack at = {1, {t->held[i].pc}};
            rt_note(NOTE_EXIT_HOLDING, t, object, -1, &at, NULL, "");
        }
    }
    /* Helgrind finds a joined thread by its handle, and mistakes it for a
     * younger one when the handle is used again at once. Say it ourselves. */
    ANNOTATE_HAPPENS_BEFORE(t);
    /* Destructors of thread-specific data may still run and make calls; the
     * server takes a thread for ended when the kernel no longer has it. */
    atomic_store(&t->state, RT_FINISHED);
    rt_unlock();
}

/* The turn is handed on after the destructors of thread-specific data: they
 * may make calls too. glibc goes round four times while there are values; ours
 * puts itself back until the last. */
static pthread_key_t last_key;
static bool have_key;
static __thread int rounds;

static void last_words(void *arg)
{
    if (++rounds < PTHREAD_DESTRUCTOR_ITERATIONS) {
        pthread_setspecific(last_key, arg);
    } else {
        sched_leave(arg);
    }
}

void rt_threads_prepare(void)
{
    have_key = pthread_key_create(&last_key, last_words) == 0;
}

static void end_later(struct rt_thread *t)
{
    if (have_key && sched_on()) {
        pthread_setspecific(last_key, t);
    }
}

static void *thread_main(void *arg)
{
    struct rt_thread *t = arg;
    void *value;

    t->stack_top = (uintptr_t)__builtin_frame_address(0);
    t->handle = pthread_self();
    rt_bind(rt_index(t));
    sched_enter(t);
    end_later(t);
    sched_step(t, OP_START, -1, -1, t->start);
    rt_point(t);
    pthread_cleanup_push(thread_ended, t);
    value = t->fn(t->arg);
    pthread_cleanup_pop(1);
    return value;
}

/* A fresh record for a thread about to start, or NULL if there are too many. */
static struct rt_thread *new_record(struct rt_thread *parent)
{
    int index = atomic_load(&rt->thread_count);
    struct rt_thread *t;

    if (index >= RT_THREADS - 1) {
        return NULL;
    }
    t = &rt->threads[index];
    t->parent = rt_index(parent);
    t->wait_object = -1;
    t->wait_thread = -1;
    t->woken_from = -1;
    rt_clock_fork(parent, t);
    atomic_store(&rt->thread_count, index + 1);
    return t;
}

int __wrap_pthread_create(pthread_t *handle, const pthread_attr_t *attr,
                          void *(*fn)(void *), void *arg)
{
    struct rt_thread *self = rt_self();
    struct rt_thread *t;
    struct rt_stack at;
    int how = PTHREAD_CREATE_JOINABLE;
    int rc;

    rt_point(self);
    RT_CALLER_STACK(&at, self);
    if (rt->create_budget == 0) {
        return EAGAIN;
    }
    rt_lock();
    rt->create_budget -= rt->create_budget > 0;
    t = new_record(self);
    if (t == NULL) {
        rt_note(NOTE_TOO_MANY_THREADS, self, -1, -1, &at, NULL, "");
        rt_finish(END_FAILED);
    }
    rt_unlock();
    if (attr != NULL) {
        pthread_attr_getdetachstate(attr, &how);
    }
    t->detached = how == PTHREAD_CREATE_DETACHED;
    t->created = at;
    t->start = (uintptr_t)fn;
    t->fn = fn;
    t->arg = arg;
    sched_born(t);
    sched_step(self, OP_CREATE, -1, rt_index(t), RT_CALLER);
    rc = __real_pthread_create(handle, attr, thread_main, t);
    if (rc != 0) {
        t->joined = true; /* nothing to wait for */
        t->turn = TURN_GONE;
        atomic_store(&t->state, RT_FINISHED);
        return rc;
    }
    t->handle = *handle;
    rt_point(self);
    return 0;
}

/* The record of `handle`. Handles are used again after a join, so one that
 * still waits for its join comes before one that had it. */
static struct rt_thread *thread_of(pthread_t handle)
{
    struct rt_thread *found = NULL;

    for (int i = atomic_load(&rt->thread_count) - 1; i >= 0; i--) {
        struct rt_thread *t = &rt->threads[i];
        if (t->handle == handle && (found == NULL || found->joined)) {
            found = t;
        }
    }
    return found;
}

/* What is wrong with joining or detaching `t` now; NOTE_KINDS if nothing.
 * rt_lock held. */
static enum rt_note_kind join_fault(struct rt_thread *self, struct rt_thread *t)
{
    if (t == self) {
        return NOTE_JOIN_SELF;
    }
    if (t->detached) {
        return NOTE_JOIN_DETACHED;
    }
    return t->joined || atomic_load(&t->join_begun) ? NOTE_JOIN_TWICE
                                                    : NOTE_KINDS;
}

/* Common to the joins: judge, then mark as begun. */
static struct rt_thread *join_begin(struct rt_thread *self, pthread_t handle,
                                    const struct rt_stack *at, const char *word)
{
    struct rt_thread *t;
    enum rt_note_kind fault;

    rt_lock();
    t = thread_of(handle);
    if (t == NULL) {
        rt_note(NOTE_JOIN_UNKNOWN, self, -1, -1, at, NULL, word);
        rt_finish(END_FAILED);
    } else {
        fault = join_fault(self, t);
        if (fault != NOTE_KINDS) {
            rt_note(fault, self, -1, rt_index(t), at,
                    t->joined_at.depth > 0 ? &t->joined_at : NULL, word);
            rt_finish(END_FAILED);
        }
        t->joined_at = *at;
        atomic_store(&t->join_begun, true);
    }
    rt_unlock();
    return t;
}

static void join_end(struct rt_thread *self, struct rt_thread *t, int rc)
{
    if (t == NULL) {
        return;
    }
    rt_lock();
    if (rc == 0) {
        ANNOTATE_HAPPENS_AFTER(t);
    }
    t->joined = rc == 0;
    atomic_store(&t->join_begun, rc == 0);
    if (rc == 0) {
        rt_clock_join(self, t);
    }
    rt_unlock();
}

int __wrap_pthread_join(pthread_t handle, void **value)
{
    struct rt_thread *self = rt_self();
    struct rt_thread *t;
    struct rt_stack at;
    int rc;

    rt_point(self);
    RT_CALLER_STACK(&at, self);
    t = join_begin(self, handle, &at, "pthread_join");
    if (t != NULL) {
        rt_block(self, RT_WAIT_JOIN, -1, rt_index(t),
                 __builtin_frame_address(0));
        while (sched_on() && t->turn != TURN_GONE) {
            sched_block(self, SCHED_NEVER, false);
        }
        sched_step(self, OP_JOIN, -1, rt_index(t), RT_CALLER);
    }
    rc = __real_pthread_join(handle, value);
    rt_unblock(self);
    join_end(self, t, rc);
    return rc;
}

int __wrap_pthread_tryjoin_np(pthread_t handle, void **value)
{
    struct rt_thread *self = rt_self();
    struct rt_thread *t;
    struct rt_stack at;
    int rc;

    rt_point(self);
    atomic_fetch_add(&self->naps, 1);
    RT_CALLER_STACK(&at, self);
    t = join_begin(self, handle, &at, "pthread_tryjoin_np");
    if (sched_on() && t != NULL && t->turn != TURN_GONE) {
        join_end(self, t, EBUSY);
        sched_point(self, true);
        return EBUSY;
    }
    rc = __real_pthread_tryjoin_np(handle, value);
    join_end(self, t, rc);
    return rc;
}

int __wrap_pthread_timedjoin_np(pthread_t handle, void **value,
                                const struct timespec *deadline)
{
    struct rt_thread *self = rt_self();
    struct rt_thread *t;
    struct rt_stack at;
    int rc;

    rt_point(self);
    RT_CALLER_STACK(&at, self);
    t = join_begin(self, handle, &at, "pthread_timedjoin_np");
    self->wait_ms = rt_remaining_ms(deadline);
    rt_block(self, RT_TIMED_WAIT, -1, -1, __builtin_frame_address(0));
    if (sched_on() && t != NULL) {
        self->wait_thread = rt_index(t);
        rc = t->turn != TURN_GONE &&
                     sched_block(self, sched_deadline(CLOCK_REALTIME, deadline),
                                 false) == WHY_TIME
                 ? ETIMEDOUT
                 : __real_pthread_join(handle, value);
    } else {
        rc = __real_pthread_timedjoin_np(handle, value, deadline);
    }
    rt_unblock(self);
    join_end(self, t, rc);
    return rc;
}

int __wrap_pthread_detach(pthread_t handle)
{
    struct rt_thread *self = rt_self();
    struct rt_thread *t;
    struct rt_stack at;

    rt_point(self);
    RT_CALLER_STACK(&at, self);
    rt_lock();
    t = thread_of(handle);
    if (t != NULL && (t->detached || t->joined)) {
        rt_note(NOTE_DETACH_TWICE, self, -1, rt_index(t), &at, NULL,
                "pthread_detach");
        rt_finish(END_FAILED);
    }
    if (t != NULL) {
        t->detached = true;
    }
    rt_unlock();
    return __real_pthread_detach(handle);
}

/* -- the end of everything ------------------------------------------------ */

static void ended_by(const char *word, const void *frame)
{
    struct rt_thread *t = rt_self();
    struct rt_stack at;

    rt_walk(&at, frame, t->stack_top);
    rt_lock();
    rt_note(NOTE_CALLED_EXIT, t, -1, -1, &at, NULL, word);
    rt_finish(END_FAILED);
}

void __wrap_pthread_exit(void *value)
{
    if (rt_index(rt_self()) == 0) {
        ended_by("pthread_exit", __builtin_frame_address(0));
    }
    __real_pthread_exit(value);
}

#define ENDS_PROCESS(name)                           \
    extern void __real_##name(int status);           \
    void __wrap_##name(int status);                  \
    void __wrap_##name(int status)                   \
    {                                                \
        if (rt_forked()) {                           \
            __real_##name(status);                   \
        }                                            \
        rt_case_exit(status);                        \
        ended_by(#name, __builtin_frame_address(0)); \
    }
ENDS_PROCESS(exit)
ENDS_PROCESS(_exit)
ENDS_PROCESS(_Exit)
ENDS_PROCESS(quick_exit)

#define REPLACES_PROCESS(name)                       \
    int __wrap_##name(const char *path, ...);        \
    int __wrap_##name(const char *path, ...)         \
    {                                                \
        (void)path;                                  \
        ended_by(#name, __builtin_frame_address(0)); \
        return -1;                                   \
    }
REPLACES_PROCESS(execl)
REPLACES_PROCESS(execlp)
REPLACES_PROCESS(execle)
REPLACES_PROCESS(execv)
REPLACES_PROCESS(execvp)
REPLACES_PROCESS(execve)
