/* SPDX-License-Identifier: MIT */
/* SIGKILL for its process group. */
#include <signal.h>

static void act(void)
{
    kill(0, SIGKILL);
}
