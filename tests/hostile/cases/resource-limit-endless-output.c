/* SPDX-License-Identifier: MIT */
/* It prints for ever.
 * Engines: asan,criterion,tsan */
#include <stdio.h>

static void act(void)
{
    for (;;) {
        puts("{\"end\":\"completed\"}");
    }
}
