/* SPDX-License-Identifier: MIT */
/* It waits for nothing.
 * Engines: asan,criterion */
#include <unistd.h>

static void act(void)
{
    for (;;) {
        pause();
    }
}
