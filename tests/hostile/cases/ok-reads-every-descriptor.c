/* SPDX-License-Identifier: MIT */
/* It reads what is not its own: commands, for instance.
 * Engines: asan,helgrind */
#include <unistd.h>

static void act(void)
{
    char buf[4096];

    for (int fd = 0; fd < 70000; fd++) {
        while (read(fd, buf, sizeof buf) > 0) {
        }
    }
}
