/* SPDX-License-Identifier: MIT */
/* text_begin.c - the first function of the runtime, see frames.h. */
#include "frames.h"

void rt_text_begin(void)
{
}
