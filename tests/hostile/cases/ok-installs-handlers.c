/* SPDX-License-Identifier: MIT */
/* Handlers for signals that never come.
 * Engines: asan,helgrind */
#include <signal.h>

static void handle(int sig)
{
    (void)sig;
}

static void act(void)
{
    signal(SIGSEGV, handle);
    signal(SIGALRM, handle);
    signal(SIGCHLD, handle);
    signal(SIGTERM, SIG_IGN);
}
