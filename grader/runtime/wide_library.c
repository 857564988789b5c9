/* SPDX-License-Identifier: MIT */
/* wide_library.c - libatomic's functions, see wide.h. ThreadSanitizer does not
 * see into that library, so it is told of the order. */
#include "shadow.h"
#include "wide.h"
#include "wrap.h"

#include <stdbool.h>

typedef unsigned __int128 wide;

#define UNSEEN(a, size, kind) TL_WIDE(a, size, kind, order, true)

static bool compared(struct tl_wide *w, bool same, int failed)
{
    w->order = same ? w->order : failed;
    tl_wide_end(w, same ? OP_UPDATE : OP_REFUSED);
    return same;
}

/* -- of any size ----------------------------------------------------------- */

REAL(void, __atomic_load,
     (size_t size, const volatile void *a, void *to, int order))
{
    UNSEEN(a, size, ACCESS_READ);

    __real___atomic_load(size, a, to, order);
    tl_wide_end(&w, OP_LOAD);
}

REAL(void, __atomic_store,
     (size_t size, volatile void *a, void *from, int order))
{
    UNSEEN(a, size, ACCESS_WRITE);

    __real___atomic_store(size, a, from, order);
    tl_wide_end(&w, OP_STORE);
}

REAL(void, __atomic_exchange,
     (size_t size, volatile void *a, void *from, void *to, int order))
{
    UNSEEN(a, size, ACCESS_WRITE);

    __real___atomic_exchange(size, a, from, to, order);
    tl_wide_end(&w, OP_UPDATE);
}

REAL(bool, __atomic_compare_exchange,
     (size_t size, volatile void *a, void *expected, void *from, int order,
      int failed))
{
    UNSEEN(a, size, ACCESS_WRITE);

    return compared(&w,
                    __real___atomic_compare_exchange(size, a, expected, from,
                                                     order, failed),
                    failed);
}

/* -- of 16 bytes ----------------------------------------------------------- */

REAL(wide, __atomic_load_16, (const volatile void *a, int order))
{
    UNSEEN(a, sizeof(wide), ACCESS_READ);
    wide value = __real___atomic_load_16(a, order);

    tl_wide_end(&w, OP_LOAD);
    return value;
}

REAL(void, __atomic_store_16, (volatile void *a, wide v, int order))
{
    UNSEEN(a, sizeof(wide), ACCESS_WRITE);

    __real___atomic_store_16(a, v, order);
    tl_wide_end(&w, OP_STORE);
}

REAL(bool, __atomic_compare_exchange_16,
     (volatile void *a, void *expected, wide v, int order, int failed))
{
    UNSEEN(a, sizeof(wide), ACCESS_WRITE);

    return compared(
        &w, __real___atomic_compare_exchange_16(a, expected, v, order, failed),
        failed);
}

#define CHANGE(name)                                                        \
    REAL(wide, __atomic_##name##_16, (volatile void *a, wide v, int order)) \
    {                                                                       \
        UNSEEN(a, sizeof(wide), ACCESS_WRITE);                              \
        wide was;                                                           \
        was = __real___atomic_##name##_16(a, v, order);                     \
        tl_wide_end(&w, OP_UPDATE);                                         \
        return was;                                                         \
    }

CHANGE(exchange)
CHANGE(fetch_add)
CHANGE(fetch_sub)
CHANGE(fetch_and)
CHANGE(fetch_or)
CHANGE(fetch_xor)
CHANGE(fetch_nand)
