/* SPDX-License-Identifier: MIT */
/* exit(0) inside a test.
 * Engines: asan,criterion,tsan,helgrind */
#include <stdlib.h>

static void act(void)
{
    exit(0);
}
