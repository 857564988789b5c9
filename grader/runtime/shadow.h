/* SPDX-License-Identifier: MIT */
/* shadow.h - who accessed which memory last, and the races that shows.
 *
 * For every eight bytes there is a list of accesses that a later one could
 * still race with, each with its bytes, thread and epoch. An access that
 * another one covers (the same bytes, as strong, and later by happens-before)
 * is dropped, so the list is as long as there are threads that are not in
 * order, at most.
 *
 * Two accesses race if they touch a byte in common, one of them writes, not
 * both are atomic, and neither happened before the other. The first race of a
 * run is reported; what comes after it may be its consequence.
 *
 * The child, in runs that keep happens-before (hb.h); callers exclude one
 * another. */
#ifndef SHADOW_H
#define SHADOW_H

#include "rt.h"

enum {
    ACCESS_READ = 0,
    ACCESS_WRITE = 1,
    ACCESS_ATOMIC = 2,
    ACCESS_FREE = 4, /* by which memory is given back: writes all of it */
    ACCESS_BEYOND =
        8, /* no access: memory beside a block, which none may use */
};

struct access {
    uintptr_t addr;
    size_t size;
    unsigned kind;
    uintptr_t pc;
    const void *frame; /* of the hook the compiler called */
};

/* `t` is about to make this access. */
void shadow_access(struct rt_thread *t, const struct access *a);

/* From now on nobody may access these bytes; `t` has made the block beside
 * them. */
void shadow_forbid(struct rt_thread *t, uintptr_t from, uintptr_t to);

/* True if such an access by `t` would change nothing: it has just made one. For
 * any thread of the run. */
bool shadow_known(const struct rt_thread *t, uintptr_t addr, size_t size,
                  unsigned kind);

/* What is there now has no past: it is allocated, or freed, or a new thread's
 * stack. */
void shadow_forget(uintptr_t from, uintptr_t to);

#endif
