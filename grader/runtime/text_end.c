/* SPDX-License-Identifier: MIT */
/* text_end.c - the last function of the runtime, see frames.h. */
#include "frames.h"

void rt_text_end(void)
{
}
