/* SPDX-License-Identifier: MIT */
/* frames.h - what a stopped thread still uses of its stack.
 *
 * A thread stops inside the runtime, which its program called. Whatever is
 * below that call belongs to functions that have returned; nobody may use it.
 */
#ifndef FRAMES_H
#define FRAMES_H

#include "rt.h"

/* True if `addr` is on the stack of `t`, which has stopped, and below all that
 * the program uses there. What is not known is taken to be in use. In the
 * child, by the thread that has the turn. */
bool frames_have_left(const struct rt_thread *t, uintptr_t addr);

/* The runtime's code stands between these two. */
void rt_text_begin(void);
void rt_text_end(void);

#endif
