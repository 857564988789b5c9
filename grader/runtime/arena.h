/* SPDX-License-Identifier: MIT */
/* arena.h - memory of a run that is gone with it. The child only.
 *
 * It is reserved before the first fork and never written there, so each run
 * finds it zero and pays for what it touches. */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

/* The server, once, before the first fork. */
void arena_reserve(void);

/* `size` bytes of zeros, aligned for any object; NULL when all is used up.
 * There is no way to give them back. Callers exclude one another. */
void *arena_take(size_t size);

#endif
