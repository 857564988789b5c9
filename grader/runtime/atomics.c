/* SPDX-License-Identifier: MIT */
/* atomics.c - atomic operations of the program, as scheduling points.
 *
 * In the flavour `explore` the compiler turns each atomic operation into a
 * call, by the same pass that does so for ThreadSanitizer, whose runtime is
 * not linked: these definitions take its place. They are weak, because in the
 * flavour `tsan` they must give way to the real ones. Threads are run one at a
 * time, so every operation may be sequentially consistent. */
#include "rt.h"
#include "scheduler.h"

#include <stdint.h>

#define WEAK __attribute__((weak))

WEAK void __tsan_init(void);
void __tsan_init(void)
{
}

static void point(enum rt_op op, uintptr_t pc, const void *frame)
{
    struct rt_thread *t;

    if (rt == NULL || !rt_bound()) {
        return; /* a constructor, before the server has begun */
    }
    t = rt_self();
    t->ops++;
    t->choices = 0;
    rt_walk(&t->wait, frame, t->stack_top);
    sched_point(t, false);
    sched_step(t, op, -1, -1, pc);
}

#define POINT(op) point((op), RT_CALLER, __builtin_frame_address(0))

#define UPDATE(n, type, name)                                                 \
    WEAK type __tsan_atomic##n##_fetch_##name(volatile type *a, type v,       \
                                              int order);                     \
    type __tsan_atomic##n##_fetch_##name(volatile type *a, type v, int order) \
    {                                                                         \
        (void)order;                                                          \
        POINT(OP_UPDATE);                                                     \
        return __atomic_fetch_##name(a, v, __ATOMIC_SEQ_CST);                 \
    }

#define SWAP(n, type, strength)                                           \
    WEAK int __tsan_atomic##n##_compare_exchange_##strength(              \
        volatile type *a, type *expected, type v, int order, int failed); \
    int __tsan_atomic##n##_compare_exchange_##strength(                   \
        volatile type *a, type *expected, type v, int order, int failed)  \
    {                                                                     \
        (void)order;                                                      \
        (void)failed;                                                     \
        POINT(OP_UPDATE);                                                 \
        return __atomic_compare_exchange_n(                               \
            a, expected, v, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);       \
    }

#define ATOMICS(n, type)                                                     \
    WEAK type __tsan_atomic##n##_load(const volatile type *a, int order);    \
    type __tsan_atomic##n##_load(const volatile type *a, int order)          \
    {                                                                        \
        (void)order;                                                         \
        POINT(OP_LOAD);                                                      \
        return __atomic_load_n(a, __ATOMIC_SEQ_CST);                         \
    }                                                                        \
    WEAK void __tsan_atomic##n##_store(volatile type *a, type v, int order); \
    void __tsan_atomic##n##_store(volatile type *a, type v, int order)       \
    {                                                                        \
        (void)order;                                                         \
        POINT(OP_STORE);                                                     \
        __atomic_store_n(a, v, __ATOMIC_SEQ_CST);                            \
    }                                                                        \
    WEAK type __tsan_atomic##n##_exchange(volatile type *a, type v,          \
                                          int order);                        \
    type __tsan_atomic##n##_exchange(volatile type *a, type v, int order)    \
    {                                                                        \
        (void)order;                                                         \
        POINT(OP_UPDATE);                                                    \
        return __atomic_exchange_n(a, v, __ATOMIC_SEQ_CST);                  \
    }                                                                        \
    WEAK type __tsan_atomic##n##_compare_exchange_val(                       \
        volatile type *a, type expected, type v, int order, int failed);     \
    type __tsan_atomic##n##_compare_exchange_val(                            \
        volatile type *a, type expected, type v, int order, int failed)      \
    {                                                                        \
        (void)order;                                                         \
        (void)failed;                                                        \
        POINT(OP_UPDATE);                                                    \
        __atomic_compare_exchange_n(a, &expected, v, 0, __ATOMIC_SEQ_CST,    \
                                    __ATOMIC_SEQ_CST);                       \
        return expected;                                                     \
    }                                                                        \
    UPDATE(n, type, add)                                                     \
    UPDATE(n, type, sub)                                                     \
    UPDATE(n, type, and)                                                     \
    UPDATE(n, type, or)                                                      \
    UPDATE(n, type, xor)                                                     \
    UPDATE(n, type, nand)                                                    \
    SWAP(n, type, strong)                                                    \
    SWAP(n, type, weak)

ATOMICS(8, uint8_t)
ATOMICS(16, uint16_t)
ATOMICS(32, uint32_t)
ATOMICS(64, uint64_t)

WEAK void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
    (void)order;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

WEAK void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
    (void)order;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}
