/* SPDX-License-Identifier: MIT */
/* quick_exit(0) inside a test.
 * Engines: asan,criterion */
#include <stdlib.h>

static void act(void)
{
    quick_exit(0);
}
