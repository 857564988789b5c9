/* SPDX-License-Identifier: MIT */
/* arena.c - see arena.h. */
#include "arena.h"

#include <stdint.h>
#include <sys/mman.h>

static const size_t reserved = (size_t)1 << 32; /* of address space */
static char *base;
static size_t used;

void *arena_map(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

void arena_reserve(void)
{
    base = arena_map(reserved);
}

void *arena_take(size_t size)
{
    size_t rounded = (size + 15) & ~(size_t)15;

    if (base == NULL || rounded > reserved - used) {
        return NULL;
    }
    used += rounded;
    return base + used - rounded;
}
