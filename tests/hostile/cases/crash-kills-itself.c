/* SPDX-License-Identifier: MIT */
/* SIGKILL from itself: no handler can say where.
 * Engines: asan,helgrind */
#include <signal.h>

static void act(void)
{
    raise(SIGKILL);
}
