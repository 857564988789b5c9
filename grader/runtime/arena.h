/* SPDX-License-Identifier: MIT */
/* arena.h - memory of our own, where LeakSanitizer does not look.
 *
 * It looks through all static memory, page by page, at the end of a run: what
 * is large and mostly not used does not belong there. The arena proper is for
 * the child, and gone with it: reserved before the first fork and never written
 * there, so each run finds it zero and pays for what it touches. */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

/* `size` bytes of zeros, of which only those touched cost anything; NULL if
 * there is no room. For good. */
void *arena_map(size_t size);

/* The server, once, before the first fork. */
void arena_reserve(void);

/* `size` bytes of zeros, aligned for any object; NULL when all is used up.
 * There is no way to give them back. Callers exclude one another. */
void *arena_take(size_t size);

#endif
