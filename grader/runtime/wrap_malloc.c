/* SPDX-License-Identifier: MIT */
/* wrap_malloc.c - memory that a test wants to run out (threadlab.h). Linked
 * for both runners: nothing here needs the rest of the runtime. */
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

void *__wrap_malloc(size_t size)
{
    return refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return refused() ? NULL : __real_realloc(p, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return refused() ? NULL : __real_aligned_alloc(alignment, size);
}
