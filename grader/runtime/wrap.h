/* SPDX-License-Identifier: MIT */
/* wrap.h - declaring a wrapped function.
 *
 * REAL(int, name, (args)) declares both halves of a link-time wrap: the
 * library's function as __real_name and ours as __wrap_name. The list of
 * wrapped names given to the linker is wraps.txt beside this file. */
#ifndef WRAP_H
#define WRAP_H

#define REAL(type, name, args)      \
    extern type __real_##name args; \
    type __wrap_##name args

/* The real call, if it comes last, gets our frame: a sanitizer's report then
 * begins with the caller. (The kit is built with gcc; clang only looks for
 * mistakes in it, and does not know the attribute.) */
#ifdef __clang__
#define GIVES_ITS_FRAME
#else
#define GIVES_ITS_FRAME __attribute__((optimize("optimize-sibling-calls")))
#endif

void __wrap_pthread_exit(void *value) __attribute__((noreturn));

#endif
