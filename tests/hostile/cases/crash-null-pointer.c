/* SPDX-License-Identifier: MIT */
/* A store through NULL.
 * Engines: asan,criterion,tsan,helgrind */
#include <stddef.h>

static void act(void)
{
    volatile int *p = NULL;

    *p = 1;
}
