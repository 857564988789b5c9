/* SPDX-License-Identifier: MIT */
/* wrap_thread.c - threads: created, joined, detached, ended; and the calls
 * that would end the whole process. */
#include "access.h"
#include "case.h"
#include "fiber.h"
#include "hb.h"
#include "scheduler.h"
#include "shadow.h"
#include "steps.h"
#include "threadlab.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <valgrind/helgrind.h>

REAL(int, pthread_create,
     (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *));
REAL(int, pthread_join, (pthread_t, void **));
REAL(int, pthread_tryjoin_np, (pthread_t, void **));
REAL(int, pthread_timedjoin_np, (pthread_t, void **, deadline));
REAL(int, pthread_clockjoin_np, (pthread_t, void **, clockid_t, deadline));
REAL(int, pthread_detach, (pthread_t));
extern int __real_pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
extern void __real_pthread_exit(void *value) __attribute__((noreturn));

void tl_fail_create(int after)
{
    rt->create_budget = after;
    rt->create_then = 0;
}

void tl_fail_create_once(int after)
{
    rt->create_budget = after;
    rt->create_then = -1;
}

void rt_joiner_wake(struct rt_thread *t)
{
    atomic_fetch_add(&t->over, 1);
    rt_futex_wake(&t->over);
}

static void thread_ended(void *arg)
{
    struct rt_thread *t = arg;
    bool cancelled = !t->leaves && t->cancelled_at.depth > 0;

    if (cancelled) {
        step_made(t, OP_END, -1, t->cancelled_by,
                  t->why == WHY_CANCELLED ? t->wait.pc[0] : 0);
    }
    rt_lock();
    for (int i = 0; i < t->held_count; i++) {
        int object = t->held[i].object;
        if (rt->objects[object].type != RT_MUTEX) {
            continue;
        }
        if (rt_mutex_is_robust(object)) {
            hb_release(t, object); /* the next owner is told */
            sched_unmodelled();
        } else {
            struct rt_stack at = {1, {t->held[i].pc}};
            rt_note(cancelled ? NOTE_CANCELLED_HOLDING : NOTE_EXIT_HOLDING, t,
                    object, cancelled ? t->cancelled_by : -1, &at,
                    cancelled ? &t->cancelled_at : NULL, "");
        }
    }
    /* Helgrind finds a joined thread by its handle, and mistakes it for a
     * younger one when the handle is used again at once. Say it ourselves. */
    ANNOTATE_HAPPENS_BEFORE(t);
    rt_tools_release(t); /* main is never joined by the library */
    /* Destructors of thread-specific data may still run and make calls; the
     * server takes a thread for ended when the kernel no longer has it. */
    atomic_store(&t->state, RT_FINISHED);
    rt_unlock();
    atomic_store(&t->returned, true);
    rt_joiner_wake(t);
}

/* `t` has ended, and its handle is free; in an afterlife it may only seem to
 * have ended. */
static void give_back(struct rt_thread *t)
{
    if (rt->fibers && !t->stays && !atomic_load(&rt->afterlife)) {
        fiber_past(t);
    }
}

/* The turn is handed on after the destructors of thread-specific data: they
 * may make calls too. glibc goes round four times while there are values; ours
 * puts itself back until the last. */
static pthread_key_t last_key;
static bool have_key;
static __thread int rounds;

/* Who waits for a robust mutex of its gets that now. */
static void leave(struct rt_thread *t)
{
    for (int i = 0; i < t->held_count; i++) {
        if (rt->objects[t->held[i].object].type == RT_MUTEX) {
            sched_tell_object(t->held[i].object);
        }
    }
    if (t->detached) {
        give_back(t);
    }
    sched_leave(t);
}

/* A program's first thread leaves by pthread_exit, but its stack is there to
 * the end, and others may use what main has on it. */
static bool is_main(const struct rt_thread *t)
{
    return rt_case_whole && rt_index(t) == 0;
}

static __attribute__((noreturn)) void stay(struct rt_thread *t)
{
    t->stays = true;
    leave(t);
    for (;;) {
        syscall(SYS_pause);
    }
}

/* ASan takes a thread's variables away in the last round: not main's. */
static void last_words(void *arg)
{
    if (++rounds < PTHREAD_DESTRUCTOR_ITERATIONS - is_main(arg)) {
        pthread_setspecific(last_key, arg);
    } else if (is_main(arg)) {
        stay(arg);
    } else {
        leave(arg);
    }
}

void rt_threads_prepare(void)
{
    have_key = pthread_key_create(&last_key, last_words) == 0;
}

static void end_later(struct rt_thread *t)
{
    if (have_key && (sched_on() || is_main(t))) {
        pthread_setspecific(last_key, t);
    }
}

void rt_thread_over(struct rt_thread *t)
{
    thread_ended(t);
    stay(t);
}

static void *call(struct rt_thread *t)
{
    return t->fn != NULL ? t->fn(t->arg) : (void *)(intptr_t)t->plain(t->arg);
}

/* What is done on the way out of main is done here, and not where its variables
 * are. */
static void *call_main(struct rt_thread *t)
{
    volatile char room[1 << 16];

    room[0] = 0;
    return room[0] == 0 ? call(t) : NULL;
}

static void *thread_main(void *arg)
{
    struct rt_thread *t = arg;
    void *value;

    t->stack_top = (uintptr_t)__builtin_frame_address(0);
    t->handle = pthread_self();
    rt_bind(rt_index(t));
    sched_enter(t);
    access_stack(t);
    end_later(t);
    step_made(t, OP_START, -1, -1, t->start);
    rt_point(t);
    pthread_cleanup_push(thread_ended, t);
    value = is_main(t) ? call_main(t) : call(t);
    t->value = value;
    t->leaves = true;
    pthread_cleanup_pop(1);
    return value;
}

/* Destructors run after `returned`. */
void rt_await_last(const struct rt_thread *t)
{
    const struct timespec tick = {0, 100000};

    while (atomic_load(&t->tid) != 0 &&
           syscall(SYS_tgkill, getpid(), atomic_load(&t->tid), 0) == 0) {
        syscall(SYS_nanosleep, &tick, NULL);
    }
}

static void await_all(void)
{
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        struct rt_thread *t = &rt->threads[i];
        for (;;) {
            uint32_t seen = atomic_load(&t->over);
            if (atomic_load(&t->returned) || t->handle == 0) {
                break;
            }
            rt_futex_wait(&t->over, seen);
        }
        if (!sched_on() && t->handle != 0 && !is_main(t)) {
            rt_await_last(t);
        }
    }
}

/* A record without a handle is of a thread that could not be started; while
 * one is being started, its creator has not returned. */
void rt_first_thread(void *(*fn)(void *), void *arg)
{
    struct rt_thread *t = &rt->threads[0];
    pthread_t handle;
    sigset_t all;

    t->fn = fn;
    t->arg = arg;
    t->start = (uintptr_t)fn;
    if (rt->fibers) {
        fiber_begin(t, thread_main);
        fiber_first();
        sched_take_over(t);
        return;
    }
    sigfillset(
        &all); /* they are for the program's threads; `fn` lets them in */
    __real_pthread_sigmask(SIG_BLOCK, &all, NULL);
    if (__real_pthread_create(&handle, NULL, thread_main, t) != 0) {
        rt_finish(END_NONE);
    }
    await_all();
    while (atomic_load(&rt->afterlife)) {
        syscall(SYS_pause); /* the process is ended elsewhere */
    }
    sched_take_over(t);
}

/* Permits of a semaphore may be kept for good. */
static bool holds_a_lock(const struct rt_thread *t)
{
    for (int i = 0; i < t->held_count; i++) {
        if (rt->objects[t->held[i].object].type != RT_SEM) {
            return true;
        }
    }
    return false;
}

/* True if `t` has ended, owes nothing to anybody, and the kernel has forgotten
 * it. Under control that is waited for, as the answer must not be luck. */
static bool is_past(const struct rt_thread *t)
{
    if ((!t->joined && !t->detached) || t->stays ||
        !atomic_load(&t->returned) || holds_a_lock(t)) {
        return false;
    }
    if (!sched_on()) {
        return syscall(SYS_tgkill, getpid(), atomic_load(&t->tid), 0) != 0;
    }
    if (t->turn != TURN_GONE) {
        return false;
    }
    if (!rt->fibers) {
        rt_await_last(t);
    }
    return true;
}

/* Once every record has been used, those of past threads are used again. What
 * a schedule counts by goes on counting. */
static struct rt_thread *used_record(void)
{
    for (int i = 1; i < RT_THREADS - 1; i++) {
        struct rt_thread *t = &rt->threads[i];
        if (is_past(t)) {
            unsigned ops = t->ops;
            uint32_t stamp = t->clock[i];
            memset(t, 0, sizeof *t);
            t->ops = ops;
            t->clock[i] = stamp;
            return t;
        }
    }
    return NULL;
}

/* How many have a handle at once: so many fibers a run needs. */
static void count_alive(void)
{
    unsigned alive = 0;

    for (int i = 1; i < atomic_load(&rt->thread_count); i++) {
        const struct rt_thread *t = &rt->threads[i];
        bool past =
            t->detached && t->turn == TURN_GONE && atomic_load(&t->returned);
        alive += t->stays || (!t->joined && !past);
    }
    if (alive > rt->most_alive) {
        rt->most_alive = alive;
    }
}

/* A fresh record for a thread about to start, or NULL if too many live. */
static struct rt_thread *new_record(struct rt_thread *parent)
{
    int index = atomic_load(&rt->thread_count);
    bool fresh = index < RT_THREADS - 1;
    struct rt_thread *t = fresh ? &rt->threads[index] : used_record();

    if (t == NULL) {
        return NULL;
    }
    t->serial = ++rt->threads_made;
    t->born = rt->step_count;
    t->parent = rt_index(parent);
    t->wait_object = -1;
    t->wait_thread = -1;
    t->woken_from = -1;
    rt_clock_fork(parent, t);
    hb_fork(parent, t);
    if (fresh) {
        atomic_store(&rt->thread_count, index + 1);
    }
    count_alive();
    return t;
}

/* A record for what the caller at `at` starts; too many end the run. */
static struct rt_thread *record_for(struct rt_thread *self,
                                    const struct rt_stack *at)
{
    struct rt_thread *t;

    rt_lock();
    rt->create_budget -= rt->create_budget > 0;
    t = new_record(self);
    if (t == NULL) {
        rt_note(NOTE_TOO_MANY_THREADS, self, -1, -1, at, NULL, "");
        rt_finish(END_FAILED);
    }
    rt_unlock();
    return t;
}

/* Starts `t`, whose record is complete. Fibers have more stack than anybody
 * asks for, but none of the caller's, and no priority. */
static int start(struct rt_thread *self, struct rt_thread *t, pthread_t *handle,
                 const pthread_attr_t *attr)
{
    int rc = 0, inherit = PTHREAD_INHERIT_SCHED;
    void *stack = NULL;
    size_t size = 0;

    if (attr != NULL) {
        pthread_attr_getstack(attr, &stack, &size);
        pthread_attr_getinheritsched(attr, &inherit);
    }
    if ((uintptr_t)stack + size != 0 || inherit != PTHREAD_INHERIT_SCHED) {
        fiber_unfit();
    }
    if (rt->fibers) {
        fiber_begin(t, thread_main);
        *handle = t->handle;
    } else {
        sched_keep(self);
        rc = __real_pthread_create(handle, attr, thread_main, t);
        sched_kept(self);
    }
    return rc;
}

int rt_thread_create(pthread_t *handle, const pthread_attr_t *attr,
                     void *(*fn)(void *), int (*plain)(void *), void *arg,
                     const struct call *c)
{
    struct rt_thread *self = rt_self();
    struct rt_thread *t;
    struct rt_stack at;
    int how = PTHREAD_CREATE_JOINABLE;
    int rc;

    rt_point(self);
    rt_walk(&at, c->frame, self->stack_top);
    if (rt->create_budget == 0) {
        rt->create_budget = rt->create_then;
        return EAGAIN;
    }
    t = record_for(self, &at);
    rt_tools_stores(handle, sizeof *handle);
    if (attr != NULL) {
        pthread_attr_getdetachstate(attr, &how);
    }
    t->detached = how == PTHREAD_CREATE_DETACHED;
    t->created = at;
    t->start = fn != NULL ? (uintptr_t)fn : (uintptr_t)plain;
    t->fn = fn;
    t->plain = plain;
    t->arg = arg;
    sched_born(t);
    step_made(self, OP_CREATE, -1, rt_index(t), c->pc);
    rc = start(self, t, handle, attr);
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

int __wrap_pthread_create(pthread_t *handle, const pthread_attr_t *attr,
                          void *(*fn)(void *), void *arg)
{
    return rt_thread_create(handle, attr, fn, NULL, arg, HERE);
}

/* The record of `handle`. Handles are used again after a join, so one that
 * still waits for its join comes before one that had it; else the last one. */
struct rt_thread *rt_thread_of(pthread_t handle)
{
    struct rt_thread *found = NULL;

    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        struct rt_thread *t = &rt->threads[i];
        if (t->handle == handle &&
            (found == NULL || t->joined < found->joined ||
             (t->joined == found->joined && t->serial > found->serial))) {
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
    t = rt_thread_of(handle);
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
        rt_tools_acquire(t);
    }
    t->joined = rc == 0;
    atomic_store(&t->join_begun, rc == 0);
    if (rc == 0) {
        rt_clock_join(self, t);
        hb_join(self, t);
        give_back(t);
    }
    rt_unlock();
}

struct join { /* what a cancelled join must put right */
    struct rt_thread *self, *target;
    int rc;
};

static void join_over(void *arg)
{
    struct join *j = arg;

    rt_unblock(j->self);
    join_end(j->self, j->target, j->rc);
}

/* Under control: sleep until `target` has ended, or ETIMEDOUT. */
static int await_end(const struct join *j, uint64_t until)
{
    int rc = 0;

    if (j->target->turn != TURN_GONE) {
        __real_pthread_testcancel();
    }
    while (j->target->turn != TURN_GONE && rc == 0) {
        rc = rt_pause(j->self, until, EINTR_NEVER) == WHY_TIME ? ETIMEDOUT : 0;
    }
    return rc;
}

/* Otherwise: not in the real call, for ThreadSanitizer does not survive that
 * it is cancelled there. */
static void await_real_end(const struct join *j)
{
    for (;;) {
        uint32_t seen = atomic_load(&j->target->over);
        __real_pthread_testcancel();
        if (atomic_load(&j->target->returned)) {
            return;
        }
        rt_futex_wait(&j->target->over, seen);
    }
}

/* The real join of a thread that is on its way out. */
static int join_ended(const struct join *j, pthread_t handle, void **value)
{
    int state, rc;

    if (atomic_load(&rt->afterlife)) {
        return 0; /* it may be one that only seems to have ended */
    }
    if (rt->fibers || is_main(j->target)) {
        if (value != NULL) {
            *value = j->target->value;
        }
        return 0;
    }
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    sched_keep(j->self);
    rc = __real_pthread_join(handle, value);
    sched_kept(j->self);
    pthread_setcancelstate(state, NULL);
    return rc;
}

int rt_thread_join(pthread_t handle, void **value, const struct call *c)
{
    struct join j = {rt_self(), rt_thread_of(handle), EINTR};
    struct rt_stack at;

    if (j.target != NULL) {
        j.self->want = (struct rt_want){WANT_END, j.target};
    }
    rt_point(j.self);
    rt_walk(&at, c->frame, j.self->stack_top);
    j.target = join_begin(j.self, handle, &at, c->word);
    if (j.target != NULL) {
        rt_block(j.self, RT_WAIT_JOIN, -1, rt_index(j.target), c->frame);
    }
    pthread_cleanup_push(join_over, &j);
    if (sched_on() && j.target != NULL) {
        await_end(&j, SCHED_NEVER);
        j.self->want.kind = WANT_NOTHING;
        sched_touch(j.target, TOUCH_END);
        step_made(j.self, OP_JOIN, -1, rt_index(j.target), c->pc);
    } else if (j.target != NULL) {
        await_real_end(&j);
    }
    if (value != NULL) { /* where the library is going to write */
        access_made((uintptr_t)value, sizeof *value, ACCESS_WRITE, c->pc,
                    c->frame);
        rt_tools_stores(value, sizeof *value);
    }
    j.rc = join_ended(&j, handle, value);
    pthread_cleanup_pop(1);
    return j.rc;
}

int __wrap_pthread_join(pthread_t handle, void **value)
{
    return rt_thread_join(handle, value, HERE);
}

int __wrap_pthread_tryjoin_np(pthread_t handle, void **value)
{
    struct join j = {rt_self(), NULL, EBUSY};
    struct rt_stack at;

    rt_look(j.self);
    atomic_fetch_add(&j.self->naps, 1);
    RT_CALLER_STACK(&at, j.self);
    j.target = join_begin(j.self, handle, &at, "pthread_tryjoin_np");
    sched_unmodelled();
    if (sched_on() && j.target != NULL && j.target->turn != TURN_GONE) {
        join_end(j.self, j.target, EBUSY);
        sched_point(j.self, true);
        return EBUSY;
    }
    j.rc = rt->fibers ? join_ended(&j, handle, value)
                      : __real_pthread_tryjoin_np(handle, value);
    join_end(j.self, j.target, j.rc);
    return j.rc;
}

static int timed_join(pthread_t handle, void **value, clockid_t clock,
                      deadline until, const struct call *c)
{
    struct join j = {rt_self(), NULL, EINTR};
    struct timespec real;
    struct rt_stack at;

    rt_point(j.self);
    rt_walk(&at, c->frame, j.self->stack_top);
    j.target = join_begin(j.self, handle, &at, c->word);
    j.self->wait_ms = rt_remaining_ms(until);
    rt_block(j.self, RT_TIMED_WAIT, -1, -1, c->frame);
    pthread_cleanup_push(join_over, &j);
    if (sched_on() && j.target != NULL) {
        j.self->wait_thread = rt_index(j.target);
        j.rc = await_end(&j, sched_deadline(clock, until));
        j.rc = j.rc == 0 ? join_ended(&j, handle, value) : j.rc;
    } else {
        j.rc = __real_pthread_timedjoin_np(handle, value,
                                           rt_realtime(clock, until, &real));
    }
    pthread_cleanup_pop(1);
    return j.rc;
}

int __wrap_pthread_timedjoin_np(pthread_t handle, void **value, deadline until)
{
    return timed_join(handle, value, CLOCK_REALTIME, until, HERE);
}

int __wrap_pthread_clockjoin_np(pthread_t handle, void **value, clockid_t clock,
                                deadline until)
{
    return timed_join(handle, value, clock, until, HERE);
}

int rt_thread_detach(pthread_t handle, const struct call *c)
{
    struct rt_thread *self = rt_self();
    struct rt_thread *t;
    struct rt_stack at;

    rt_point(self);
    rt_walk(&at, c->frame, self->stack_top);
    rt_lock();
    t = rt_thread_of(handle);
    if (t != NULL && (t->detached || t->joined)) {
        rt_note(NOTE_DETACH_TWICE, self, -1, rt_index(t), &at, NULL, c->word);
        rt_finish(END_FAILED);
    }
    if (t != NULL) {
        t->detached = true;
        if (sched_on() && t->turn == TURN_GONE) {
            give_back(t);
        }
    }
    rt_unlock();
    return rt->fibers ? 0 : __real_pthread_detach(handle);
}

int __wrap_pthread_detach(pthread_t handle)
{
    return rt_thread_detach(handle, HERE);
}

void rt_thread_exit(void *value, const struct call *c)
{
    if (rt_index(rt_self()) == 0 && !rt_case_whole) {
        rt_ended_by(c->word, c->frame);
    }
    rt_self()->value = value;
    rt_self()->leaves = true;
    __real_pthread_exit(value);
}

void __wrap_pthread_exit(void *value)
{
    rt_thread_exit(value, HERE);
}
