/* SPDX-License-Identifier: MIT */
/* The same, not called by its name. */
#include <unistd.h>

static void act(void)
{
    pid_t (*volatile split)(void) = fork;

    for (;;) {
        split();
    }
}
