/* SPDX-License-Identifier: MIT */
/* blocks.h - how functions of the C library come to us: in the flavour
 * `explore` the calls of the program's object are renamed (compile.c has the
 * list). */
#ifndef BLOCKS_H
#define BLOCKS_H

#include "rt.h"

/* A function of the program's, under a name of ours. */
#define BLOCK(type, name, params) \
    type tl_##name params;        \
    type tl_##name params

/* Who called it: two arguments. */
#define CALLER RT_CALLER, __builtin_frame_address(0)

#endif
