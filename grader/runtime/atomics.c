/* SPDX-License-Identifier: MIT */
/* atomics.c - atomic operations of the program: scheduling points, and, where
 * happens-before is kept, what C11's memory model makes of them (history.h).
 *
 * The compiler's pass for ThreadSanitizer turns each into a call, which the
 * linker sends here. In the flavour `tsan` the real operation follows, jumped
 * to, so that it sees the program's own return address; in `explore` there is
 * none, and one thread runs at a time, so that ours may be plain. */
#include "access.h"
#include "hb.h"
#include "history.h"
#include "rt.h"
#include "scheduler.h"
#include "shadow.h"
#include "steps.h"
#include "wide.h"
#include "wrap.h"

#include <stdint.h>

/* One operation, from the call to its end. */
struct operation {
    struct rt_thread *t; /* NULL: none of the run's */
    struct atomic_object object;
    uintptr_t pc;
};

/* Before it: another thread may run first. */
static struct operation begin(unsigned size, const volatile void *a,
                              unsigned kind, uintptr_t pc, const void *frame)
{
    struct operation p = {.object = {(uintptr_t)a, size, 0}, .pc = pc};

    if (rt == NULL || !sched_on() || !rt_bound()) {
        return p; /* a constructor, or a run that is not controlled */
    }
    p.t = rt_self();
    p.t->ops++;
    p.t->choices = 0;
    rt_walk(&p.t->wait, frame, p.t->stack_top);
    sched_point(p.t, false);
    sched_touch((const void *)((uintptr_t)a & ~(uintptr_t)7),
                (kind & ACCESS_WRITE) != 0 ? TOUCH_WRITE : TOUCH_READ);
    access_made((uintptr_t)a, size, kind | ACCESS_ATOMIC, pc, frame);
    if (!hb_on() || rt_forked()) {
        step_made(p.t, (kind & ACCESS_WRITE) != 0 ? OP_UPDATE : OP_LOAD, -1, -1,
                  pc);
        p.t = NULL;
    }
    return p;
}

static void tell(const struct operation *p, enum rt_op op, int order,
                 uint64_t value)
{
    step_value(p->t, op, p->object.addr, value, p->object.size,
               order == __ATOMIC_RELAXED, p->pc);
}

static uint64_t loaded(const struct operation *p, int order)
{
    int back;
    uint64_t value = history_load(p->t, &p->object, order, &back);

    tell(p, back > 0 ? OP_STALE : OP_LOAD, order, value);
    return value;
}

static void stored(const struct operation *p, int order, uint64_t value)
{
    history_store(p->t, &p->object, order, value);
    tell(p, OP_STORE, order, value);
}

/* One that leaves what it found, as an exchange in a lock that is taken, only
 * looks. */
static void updated(const struct operation *p, int order, uint64_t value)
{
    history_update(p->t, &p->object, order, value);
    tell(p, value == p->object.value ? OP_REFUSED : OP_UPDATE, order, value);
}

/* A compare-exchange that found something else. */
static void refused(const struct operation *p, int order)
{
    history_look(p->t, &p->object, order);
    tell(p, OP_REFUSED, order, p->object.value);
}

#define BEGIN(n, kind)   \
    struct operation p = \
        begin(n / 8, a, kind, RT_CALLER, __builtin_frame_address(0))

/* The real one behind the call, if there is one; and ours, which must give
 * its frame away to it. */
#define NAMES(type, name, args)                                  \
    extern __attribute__((weak)) type __real___tsan_##name args; \
    type __wrap___tsan_##name args;                              \
    GIVES_ITS_FRAME type __wrap___tsan_##name args

#define LOAD(n, type)                                                        \
    NAMES(type, atomic##n##_load, (const volatile type *a, int order))       \
    {                                                                        \
        BEGIN(n, ACCESS_READ);                                               \
        if (__real___tsan_atomic##n##_load != NULL) {                        \
            return __real___tsan_atomic##n##_load(a, order);                 \
        }                                                                    \
        p.object.value = __atomic_load_n(a, __ATOMIC_SEQ_CST);               \
        return p.t == NULL ? (type)p.object.value : (type)loaded(&p, order); \
    }

#define STORE(n, type)                                                     \
    NAMES(void, atomic##n##_store, (volatile type * a, type v, int order)) \
    {                                                                      \
        BEGIN(n, ACCESS_WRITE);                                            \
        if (__real___tsan_atomic##n##_store != NULL) {                     \
            __real___tsan_atomic##n##_store(a, v, order);                  \
            return;                                                        \
        }                                                                  \
        if (p.t != NULL) {                                                 \
            p.object.value = __atomic_load_n(a, __ATOMIC_SEQ_CST);         \
            stored(&p, order, v);                                          \
        }                                                                  \
        __atomic_store_n(a, v, __ATOMIC_SEQ_CST);                          \
    }

/* `call` does it and returns what was there; `after` is what is there then. */
#define CHANGE(n, type, name, call, after)                                  \
    NAMES(type, atomic##n##_##name, (volatile type * a, type v, int order)) \
    {                                                                       \
        BEGIN(n, ACCESS_WRITE);                                             \
        type was;                                                           \
        if (__real___tsan_atomic##n##_##name != NULL) {                     \
            return __real___tsan_atomic##n##_##name(a, v, order);           \
        }                                                                   \
        was = call(a, v, __ATOMIC_SEQ_CST);                                 \
        if (p.t != NULL) {                                                  \
            p.object.value = was;                                           \
            updated(&p, order, (type)(after));                              \
        }                                                                   \
        return was;                                                         \
    }

#define COMPARE(n, type)                                                     \
    NAMES(type, atomic##n##_compare_exchange_val,                            \
          (volatile type * a, type expected, type v, int order, int failed)) \
    {                                                                        \
        BEGIN(n, ACCESS_WRITE);                                              \
        type was = expected;                                                 \
        if (__real___tsan_atomic##n##_compare_exchange_val != NULL) {        \
            return __real___tsan_atomic##n##_compare_exchange_val(           \
                a, expected, v, order, failed);                              \
        }                                                                    \
        __atomic_compare_exchange_n(a, &was, v, 0, __ATOMIC_SEQ_CST,         \
                                    __ATOMIC_SEQ_CST);                       \
        p.object.value = was;                                                \
        if (p.t != NULL && was == expected) {                                \
            updated(&p, order, v);                                           \
        } else if (p.t != NULL) {                                            \
            refused(&p, failed);                                             \
        }                                                                    \
        return was;                                                          \
    }

#define ATOMICS(n, type)                                         \
    LOAD(n, type)                                                \
    STORE(n, type)                                               \
    CHANGE(n, type, exchange, __atomic_exchange_n, v)            \
    CHANGE(n, type, fetch_add, __atomic_fetch_add, was + v)      \
    CHANGE(n, type, fetch_sub, __atomic_fetch_sub, was - v)      \
    CHANGE(n, type, fetch_and, __atomic_fetch_and, was &v)       \
    CHANGE(n, type, fetch_or, __atomic_fetch_or, was | v)        \
    CHANGE(n, type, fetch_xor, __atomic_fetch_xor, was ^ v)      \
    CHANGE(n, type, fetch_nand, __atomic_fetch_nand, ~(was & v)) \
    COMPARE(n, type)

ATOMICS(8, uint8_t)
ATOMICS(16, uint16_t)
ATOMICS(32, uint32_t)
ATOMICS(64, uint64_t)

/* -- of more than 8 bytes -------------------------------------------------- */

void tl_wide_begin(struct tl_wide *w, const void *frame)
{
    w->t = begin((unsigned)w->size, w->object, w->kind, w->pc, frame).t;
    if (w->unseen && w->kind == ACCESS_WRITE && history_releases(w->order)) {
        rt_tools_release((void *)w->object);
    }
}

void tl_wide_end(const struct tl_wide *w, enum rt_op op)
{
    struct atomic_object o = {(uintptr_t)w->object, (unsigned)w->size, 0};

    if (w->unseen && op != OP_STORE && history_acquires(w->order)) {
        rt_tools_acquire((void *)w->object);
    }
    if (w->t == NULL) {
        return;
    }
    if (op == OP_STORE) {
        history_store(w->t, &o, w->order, 0);
    } else if (op == OP_UPDATE) {
        history_update(w->t, &o, w->order, 0);
    } else {
        history_look(w->t, &o, w->order);
    }
    step_value(w->t, op, o.addr, 0, o.size, w->order == __ATOMIC_RELAXED,
               w->pc);
}

/* -- weak compare-exchanges and fences ------------------------------------- */

enum { WEAK_ONE_IN = 6 }; /* of a weak schedule's, that fail */

/* Called by what include/stdatomic.h makes of a weak compare-exchange. */
bool tl_weak_fails(void);
bool tl_weak_fails(void)
{
    struct rt_thread *t;
    bool fails;

    if (rt == NULL || !hb_on() || !rt_bound() || rt_forked()) {
        return false;
    }
    t = rt_self();
    rt->left_out |= LEFT_WEAK_FAILURES;
    fails = sched_outcome(t, 2, rt->schedule.weak ? WEAK_ONE_IN : 0) != 0;
    if (fails) {
        step_made(t, OP_WEAK_FAILED, -1, -1, RT_CALLER);
    }
    return fails;
}

NAMES(void, atomic_thread_fence, (int order))
{
    if (rt != NULL && hb_on() && rt_bound() && !rt_forked()) {
        history_fence(rt_self(), order);
    }
    if (__real___tsan_atomic_thread_fence != NULL) {
        __real___tsan_atomic_thread_fence(order);
    }
}

/* It keeps the compiler in order, which it did by being there. */
NAMES(void, atomic_signal_fence, (int order))
{
    if (__real___tsan_atomic_signal_fence != NULL) {
        __real___tsan_atomic_signal_fence(order);
    }
}
