/* SPDX-License-Identifier: MIT */
/* statics.h - what functions of the C library keep between calls, or return
 * again and again (POSIX.1-2017, 2.9.1: those "need not be thread-safe"). */
#ifndef STATICS_H
#define STATICS_H

#include <stdint.h>

/* The function that keeps something at `addr`, if it was called in this run, or
 * NULL. A child's only. */
const char *statics_name(uintptr_t addr);

#endif
