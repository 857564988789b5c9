/* SPDX-License-Identifier: MIT */
/* It takes memory and uses it, for ever.
 * Engines: asan,helgrind */
#include <stdlib.h>

static void act(void)
{
    for (;;) {
        volatile char *p = malloc(1 << 20);
        for (int i = 0; p != NULL && i < 1 << 20; i += 4096) {
            p[i] = 1;
        }
    }
}
