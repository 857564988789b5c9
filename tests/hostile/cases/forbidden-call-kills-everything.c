/* SPDX-License-Identifier: MIT */
/* SIGKILL for whoever it may signal. */
#include <signal.h>

static void act(void)
{
    kill(-1, SIGKILL);
}
