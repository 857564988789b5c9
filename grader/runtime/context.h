/* SPDX-License-Identifier: MIT */
/* context.h - where something was done: the stack, and the locks held there.
 * Each one is kept once, so that an access remembers it in four bytes. The
 * child only; callers exclude one another. */
#ifndef CONTEXT_H
#define CONTEXT_H

#include "rt.h"

struct context {
    struct rt_stack at;
    int held_count;
    int held[RT_HELD]; /* objects */
    uint32_t next;     /* in its bucket */
};

/* The number of the context of `t` at the call at `pc` from the frame `frame`.
 * If there are very many, later ones are without the callers. 0 if it cannot be
 * kept; context 0 is empty. */
uint32_t context_here(const struct rt_thread *t, uintptr_t pc,
                      const void *frame);

/* Valid for the rest of the run. */
const struct context *context_of(uint32_t number);

#endif
