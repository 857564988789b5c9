/* SPDX-License-Identifier: MIT */
/* steps.h - what the threads of a controlled run do, step by step: of this the
 * story is told.
 *
 * All functions are for the thread with the turn, which is `t`, and do nothing
 * in a run that is not controlled. */
#ifndef STEPS_H
#define STEPS_H

#include "rt.h"

/* One line of the story, unless it would be said again. True if it was said. */
bool step_made(struct rt_thread *t, enum rt_op op, int object, int other,
               uintptr_t pc);

/* The same for an atomic operation at `addr`, with the value read or written if
 * it has no more than 8 bytes; `relaxed` if it orders nothing. */
void step_value(struct rt_thread *t, enum rt_op op, uintptr_t addr,
                uint64_t value, size_t size, bool relaxed, uintptr_t pc);

/* The same for a call on a descriptor (-1: on several), which counts for
 * nothing else: a call that only looks is told once. `name` is constant. */
void step_call(struct rt_thread *t, const char *name, int fd, bool looks,
               uintptr_t pc);

/* The same for a plain access, which counts for nothing else. */
void step_access(const struct rt_thread *t, enum rt_op op,
                 const volatile void *at, size_t size, uintptr_t pc);

/* The access that was told last, or is now, races with one of `other`. */
void step_race(const struct rt_thread *t, enum rt_op op, int other,
               uintptr_t pc);

#endif
