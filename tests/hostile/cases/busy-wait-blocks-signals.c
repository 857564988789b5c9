/* SPDX-License-Identifier: MIT */
/* The same, deaf: the sampling signal is blocked.
 * Engines: asan */
#include <signal.h>

static void act(void)
{
    volatile int going = 1;
    sigset_t all;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    while (going) {
    }
}
