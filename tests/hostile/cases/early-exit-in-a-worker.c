/* SPDX-License-Identifier: MIT */
/* exit(0) by another thread.
 * Engines: asan,tsan */
#include <stdlib.h>

#define IN_WORKER

static void act(void)
{
    exit(0);
}
