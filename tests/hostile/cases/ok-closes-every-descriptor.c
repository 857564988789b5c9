/* SPDX-License-Identifier: MIT */
/* It closes what is not its own.
 * Engines: asan,helgrind */
#include <unistd.h>

static void act(void)
{
    for (int fd = 0; fd < 70000; fd++) {
        close(fd);
    }
}
