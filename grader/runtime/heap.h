/* SPDX-License-Identifier: MIT */
/* heap.h - the blocks of memory that the program has allocated, and those it
 * has freed: they are kept back for a while, so that whoever still uses one
 * is seen, and nobody is misled by a block that is used again.
 *
 * All of it does nothing unless happens-before is kept (hb.h). Threads of the
 * child; callers exclude one another where it is said. */
#ifndef HEAP_H
#define HEAP_H

#include "rt.h"

struct heap_block {
    uintptr_t start;
    size_t size, usable;     /* asked for; given by the allocator */
    int thread, freed_by;    /* records; freed_by only if it is freed */
    uint32_t context, freed; /* where that was, see context.h; freed: or 0 */
};

/* True if it does something. */
bool heap_follows(void);

/* `p` was allocated by the call at `pc`, made from `frame`. */
void heap_allocated(void *p, size_t size, uintptr_t pc, const void *frame);

/* `p` is to be freed. True if the caller has to; false if it is kept here.
 * Ends the run if it was freed before. */
bool heap_freed(void *p, uintptr_t pc, const void *frame);

/* `p` was given back inside the library, or NULL. */
void heap_lost(const void *p);

/* As realloc, to another place. False, and nothing was done, if that is for
 * the caller to do. */
bool heap_moved(void **p, size_t size, uintptr_t pc, const void *frame);

/* The block that `addr` is in, freed or not; NULL if none is known. Callers
 * exclude one another. */
const struct heap_block *heap_find(uintptr_t addr);

/* `t` uses memory that was freed, or that lies beside a block, which ends the
 * run. Callers exclude one another. */
void heap_misused(struct rt_thread *t, uintptr_t addr,
                  const struct rt_stack *at);

#endif
