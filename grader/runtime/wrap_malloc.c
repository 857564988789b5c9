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

static void *made(void *p, size_t size, uintptr_t pc, const void *frame)
{
    if (heap_allocated != NULL) {
        heap_allocated(p, size, pc, frame);
    }
    return p;
}

void *__wrap_malloc(size_t size)
{
    return refused() ? NULL : made(__real_malloc(size), size, CALLER);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return refused() ? NULL
                     : made(__real_calloc(count, size), count * size, CALLER);
}

void *__wrap_realloc(void *p, size_t size)
{
    if (refused()) {
        return NULL;
    }
    if (heap_moved != NULL && heap_moved(&p, size, CALLER)) {
        return p;
    }
    return made(__real_realloc(p, size), size, CALLER);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return refused()
               ? NULL
               : made(__real_aligned_alloc(alignment, size), size, CALLER);
}
