/* SPDX-License-Identifier: MIT */
/* It overwrites whatever it shares with another process.
 * Engines: asan */
#include <stdio.h>
#include <string.h>

#define BYTE 0xff

static void act(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    unsigned long from, to;
    char line[512], share;

    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        if (sscanf(line, "%lx-%lx rw-%c", &from, &to, &share) == 3 &&
            share == 's') {
            memset((void *)from, BYTE, to - from);
        }
    }
}
