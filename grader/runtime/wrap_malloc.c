/* SPDX-License-Identifier: MIT */
/* wrap_malloc.c - memory that a test wants to run out (threadlab.h). Linked
 * for both runners: nothing here needs the rest of the runtime. */
#include "heap.h"
#include "threadlab.h"
#include "wrap.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

REAL(void *, malloc, (size_t));
REAL(void *, calloc, (size_t, size_t));
REAL(void *, realloc, (void *, size_t));
REAL(void *, aligned_alloc, (size_t, size_t));

/* Not under Criterion's own runner. */
#pragma weak heap_follows
#pragma weak heap_allocated
#pragma weak heap_moved

/* Allocations still granted; negative: all. A run starts with a fresh copy. */
static atomic_int granted = -1;

void tl_fail_malloc(int after)
{
    atomic_store(&granted, after);
}

static bool refused(void)
{
    int left = atomic_load(&granted);

    while (left > 0 && !atomic_compare_exchange_weak(&granted, &left, left - 1))
        ;
    if (left == 0) {
        errno = ENOMEM;
    }
    return left == 0;
}

#define CALLER \
    (uintptr_t) __builtin_return_address(0), __builtin_frame_address(0)

static bool followed(void)
{
    return heap_follows != NULL && heap_follows();
}

static void *made(void *p, size_t size, uintptr_t pc, const void *frame)
{
    heap_allocated(p, size, pc, frame);
    return p;
}

#define ALLOCATES(name, parameters, size, real)       \
    GIVES_ITS_FRAME void *__wrap_##name parameters    \
    {                                                 \
        if (refused()) {                              \
            return NULL;                              \
        }                                             \
        if (followed()) {                             \
            return made(__real_##real, size, CALLER); \
        }                                             \
        return __real_##real;                         \
    }

ALLOCATES(malloc, (size_t size), size, malloc(size))
ALLOCATES(calloc, (size_t count, size_t size), count *size, calloc(count, size))
ALLOCATES(aligned_alloc, (size_t alignment, size_t size), size,
          aligned_alloc(alignment, size))

GIVES_ITS_FRAME void *__wrap_realloc(void *p, size_t size)
{
    if (refused()) {
        return NULL;
    }
    if (followed()) {
        return heap_moved(&p, size, CALLER)
                   ? p
                   : made(__real_realloc(p, size), size, CALLER);
    }
    return __real_realloc(p, size);
}
