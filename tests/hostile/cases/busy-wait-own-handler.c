/* SPDX-License-Identifier: MIT */
/* Its own SIGSEGV handler swallows the crash for ever.
 * Engines: asan */
#include <signal.h>
#include <string.h>

static void swallow(int sig)
{
    (void)sig;
}

static void act(void)
{
    struct sigaction a;
    volatile int *p = NULL;

    memset(&a, 0, sizeof a);
    a.sa_handler = swallow;
    sigaction(SIGSEGV, &a, NULL);
    sigaction(SIGBUS, &a, NULL);
    *p = 1;
}
