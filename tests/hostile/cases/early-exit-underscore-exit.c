/* SPDX-License-Identifier: MIT */
/* _exit(0) inside a test.
 * Engines: asan,helgrind */
#include <unistd.h>

static void act(void)
{
    _exit(0);
}
