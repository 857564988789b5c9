/* SPDX-License-Identifier: MIT */
/* wide_library.c - libatomic's functions, see wide.h. ThreadSanitizer does not
 * see into that library, so it is told of the order. */
#include "shadow.h"
#include "wide.h"
#include "wrap.h"

#include <stdbool.h>

typedef unsigned __int128 wide;

__attribute__((weak)) void __tsan_acquire(void *);
__attribute__((weak)) void __tsan_release(void *);

/* -- order, for ThreadSanitizer -------------------------------------------- */

static void release(volatile void *a, int order)
{
    if (__tsan_release != NULL && order != __ATOMIC_RELAXED &&
        order != __ATOMIC_ACQUIRE && order != __ATOMIC_CONSUME) {
        __tsan_release((void *)a);
    }
}

static void acquire(const volatile void *a, int order)
{
    if (__tsan_acquire != NULL && order != __ATOMIC_RELAXED &&
        order != __ATOMIC_RELEASE) {
        __tsan_acquire((void *)a);
    }
}

static void stored(const struct tl_wide *w, int order)
{
    tl_wide_end(w, OP_STORE, order);
}

static void looked(const struct tl_wide *w, enum rt_op op, int order)
{
    acquire(w->object, order);
    tl_wide_end(w, op, order);
}

static bool compared(const struct tl_wide *w, bool same, int order, int failed)
{
    looked(w, same ? OP_UPDATE : OP_REFUSED, same ? order : failed);
    return same;
}

/* -- of any size ----------------------------------------------------------- */

REAL(void, __atomic_load,
     (size_t size, const volatile void *a, void *to, int order))
{
    TL_WIDE(a, size, ACCESS_READ);

    __real___atomic_load(size, a, to, order);
    looked(&w, OP_LOAD, order);
}

REAL(void, __atomic_store,
     (size_t size, volatile void *a, void *from, int order))
{
    TL_WIDE(a, size, ACCESS_WRITE);

    release(a, order);
    __real___atomic_store(size, a, from, order);
    stored(&w, order);
}

REAL(void, __atomic_exchange,
     (size_t size, volatile void *a, void *from, void *to, int order))
{
    TL_WIDE(a, size, ACCESS_WRITE);

    release(a, order);
    __real___atomic_exchange(size, a, from, to, order);
    looked(&w, OP_UPDATE, order);
}

REAL(bool, __atomic_compare_exchange,
     (size_t size, volatile void *a, void *expected, void *from, int order,
      int failed))
{
    TL_WIDE(a, size, ACCESS_WRITE);

    release(a, order);
    return compared(&w,
                    __real___atomic_compare_exchange(size, a, expected, from,
                                                     order, failed),
                    order, failed);
}

/* -- of 16 bytes ----------------------------------------------------------- */

REAL(wide, __atomic_load_16, (const volatile void *a, int order))
{
    TL_WIDE(a, sizeof(wide), ACCESS_READ);
    wide value = __real___atomic_load_16(a, order);

    looked(&w, OP_LOAD, order);
    return value;
}

REAL(void, __atomic_store_16, (volatile void *a, wide v, int order))
{
    TL_WIDE(a, sizeof(wide), ACCESS_WRITE);

    release(a, order);
    __real___atomic_store_16(a, v, order);
    stored(&w, order);
}

REAL(bool, __atomic_compare_exchange_16,
     (volatile void *a, void *expected, wide v, int order, int failed))
{
    TL_WIDE(a, sizeof(wide), ACCESS_WRITE);

    release(a, order);
    return compared(
        &w, __real___atomic_compare_exchange_16(a, expected, v, order, failed),
        order, failed);
}

#define CHANGE(name)                                                        \
    REAL(wide, __atomic_##name##_16, (volatile void *a, wide v, int order)) \
    {                                                                       \
        TL_WIDE(a, sizeof(wide), ACCESS_WRITE);                             \
        wide was;                                                           \
        release(a, order);                                                  \
        was = __real___atomic_##name##_16(a, v, order);                     \
        looked(&w, OP_UPDATE, order);                                       \
        return was;                                                         \
    }

CHANGE(exchange)
CHANGE(fetch_add)
CHANGE(fetch_sub)
CHANGE(fetch_and)
CHANGE(fetch_or)
CHANGE(fetch_xor)
CHANGE(fetch_nand)
