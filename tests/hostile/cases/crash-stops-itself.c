/* SPDX-License-Identifier: MIT */
/* SIGSTOP from itself: nobody would ever wake it.
 * Engines: asan,criterion */
#include <signal.h>

static void act(void)
{
    raise(SIGSTOP);
}
