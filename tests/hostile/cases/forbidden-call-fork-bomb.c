/* SPDX-License-Identifier: MIT */
/* Processes without end. */
#include <unistd.h>

static void act(void)
{
    for (;;) {
        fork();
    }
}
