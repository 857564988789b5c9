/* SPDX-License-Identifier: MIT */
/* stdatomic.h - the compiler's own, but for the weak compare-exchange: C11
 * lets it fail although it found what it expected (7.17.7.4), which the
 * processors here never do. In the flavour `explore` a schedule can. */
#ifndef THREADLAB_STDATOMIC_H
#define THREADLAB_STDATOMIC_H

#include_next <stdatomic.h>

/* True if this one is to fail (atomics.c). The thread that makes it. */
_Bool tl_weak_fails(void);

#undef atomic_compare_exchange_weak
#undef atomic_compare_exchange_weak_explicit

/* One that fails is a load. */
#define atomic_compare_exchange_weak_explicit(object, expected, desired,  \
                                              success, failure)           \
    (tl_weak_fails()                                                      \
         ? (*(expected) = __c11_atomic_load(object, failure), (_Bool)0)   \
         : __c11_atomic_compare_exchange_weak(object, expected, desired,  \
                                              success, failure))
#define atomic_compare_exchange_weak(object, expected, desired)              \
    atomic_compare_exchange_weak_explicit(object, expected, desired,         \
                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

#endif
