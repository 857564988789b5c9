/* SPDX-License-Identifier: MIT */
/* The same under the stock runner, whose own it closes.
 * Engines: asan,criterion */
#include <unistd.h>

static void act(void)
{
    for (int fd = 0; fd < 70000; fd++) {
        close(fd);
    }
}
