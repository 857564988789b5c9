/* SPDX-License-Identifier: MIT */
/* wide_words.c - what the compiler's pass for ThreadSanitizer makes of atomics
 * on 16 bytes, with -mcx16, see wide.h. As in atomics.c the real operation
 * follows where there is one; elsewhere the processor's own compare-exchange
 * does everything. */
#include "shadow.h"
#include "wide.h"
#include "wrap.h"

typedef unsigned __int128 wide;

/* -> what was there; `v` is there now if that was `expected`. */
__attribute__((target("cx16"))) static wide swap(const volatile wide *a,
                                                 wide expected, wide v)
{
    return __sync_val_compare_and_swap((volatile wide *)a, expected, v);
}

#define NAMES(type, name, args)                                            \
    extern __attribute__((weak)) type __real___tsan_atomic128_##name args; \
    type __wrap___tsan_atomic128_##name args;                              \
    GIVES_ITS_FRAME type __wrap___tsan_atomic128_##name args

NAMES(wide, load, (const volatile wide *a, int order))
{
    TL_WIDE(a, sizeof *a, ACCESS_READ, order, false);
    wide value;

    if (__real___tsan_atomic128_load != NULL) {
        return __real___tsan_atomic128_load(a, order);
    }
    value = swap(a, 0, 0);
    tl_wide_end(&w, OP_LOAD);
    return value;
}

/* `after`: what is there then, if `was` is there now. */
#define CHANGE(type, name, op, after, result)                   \
    NAMES(type, name, (volatile wide * a, wide v, int order))   \
    {                                                           \
        TL_WIDE(a, sizeof *a, ACCESS_WRITE, order, false);      \
        wide was = 0, now;                                      \
        if (__real___tsan_atomic128_##name != NULL) {           \
            return __real___tsan_atomic128_##name(a, v, order); \
        }                                                       \
        while ((now = swap(a, was, (after))) != was) {          \
            was = now;                                          \
        }                                                       \
        tl_wide_end(&w, (op));                                  \
        return (result);                                        \
    }

CHANGE(wide, exchange, OP_UPDATE, v, was)
CHANGE(wide, fetch_add, OP_UPDATE, was + v, was)
CHANGE(wide, fetch_sub, OP_UPDATE, was - v, was)
CHANGE(wide, fetch_and, OP_UPDATE, was &v, was)
CHANGE(wide, fetch_or, OP_UPDATE, was | v, was)
CHANGE(wide, fetch_xor, OP_UPDATE, was ^ v, was)
CHANGE(wide, fetch_nand, OP_UPDATE, ~(was &v), was)
CHANGE(void, store, OP_STORE, v, (void)0)

NAMES(wide, compare_exchange_val,
      (volatile wide * a, wide expected, wide v, int order, int failed))
{
    TL_WIDE(a, sizeof *a, ACCESS_WRITE, order, false);
    wide was;

    if (__real___tsan_atomic128_compare_exchange_val != NULL) {
        return __real___tsan_atomic128_compare_exchange_val(a, expected, v,
                                                            order, failed);
    }
    was = swap(a, expected, v);
    w.order = was == expected ? order : failed;
    tl_wide_end(&w, was == expected ? OP_UPDATE : OP_REFUSED);
    return was;
}
