/* SPDX-License-Identifier: MIT */
/*
 * Engines: asan,tsan */
#include <signal.h>

static void act(void)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
}
