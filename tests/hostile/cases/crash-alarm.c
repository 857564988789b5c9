/* SPDX-License-Identifier: MIT */
/* A timer ends the process by SIGALRM.
 * Engines: asan */
#include <unistd.h>

static void act(void)
{
    alarm(1);
    pause();
}
