/* SPDX-License-Identifier: MIT */
/* It complains for ever.
 * Engines: asan */
#include <stdio.h>

static void act(void)
{
    for (;;) {
        fputs("something is wrong\n", stderr);
    }
}
