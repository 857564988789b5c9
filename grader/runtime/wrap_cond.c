/* SPDX-License-Identifier: MIT */
/* wrap_cond.c - conditions. */
#include "rt.h"
#include "scheduler.h"
#include "steps.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <errno.h>

REAL(int, pthread_cond_wait, (pthread_cond_t *, pthread_mutex_t *));
REAL(int, pthread_cond_timedwait,
     (pthread_cond_t *, pthread_mutex_t *, deadline));
REAL(int, pthread_cond_clockwait,
     (pthread_cond_t *, pthread_mutex_t *, clockid_t, deadline));
REAL(int, pthread_cond_signal, (pthread_cond_t *));
REAL(int, pthread_cond_broadcast, (pthread_cond_t *));
REAL(int, pthread_mutex_trylock, (pthread_mutex_t *));
REAL(int, pthread_mutex_unlock, (pthread_mutex_t *));

struct waiting { /* what a cancelled wait must put right */
    struct rt_thread *t;
    int cond, mutex;
    bool told; /* it took one of the wake-ups counted in the condition */
    uintptr_t pc;
    const void *frame;
};

static void add_site(struct rt_sites *s, uintptr_t pc)
{
    if (s->count < RT_SITES && !rt_is_among(pc, s->pc, s->count)) {
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
    const struct rt_signal *s = &w->t->signal;
    const struct rt_object *o;

    if (w->mutex < 0) {
        return;
    }
    o = &rt->objects[w->mutex];
    if (o->acquired_by != rt_index(w->t) &&
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
    step_made(t, OP_WAIT, w->cond, -1, w->pc);
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
    step_made(t, OP_WAKE, w->cond, -1, w->pc);
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
    step_made(t, all ? OP_BROADCAST : OP_SIGNAL, object, -1, from->pc);
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
