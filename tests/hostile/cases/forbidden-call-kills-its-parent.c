/* SPDX-License-Identifier: MIT */
/* SIGKILL for whoever watches. */
#include <signal.h>
#include <unistd.h>

static void act(void)
{
    kill(getppid(), SIGKILL);
}
