/* SPDX-License-Identifier: MIT */
/* It gives up.
 * Engines: asan,criterion,helgrind */
#include <stdlib.h>

static void act(void)
{
    abort();
}
