/* SPDX-License-Identifier: MIT */
/* A signal every two milliseconds.
 * Engines: asan,criterion,tsan */
#include <signal.h>
#include <sys/time.h>

static void handle(int sig)
{
    (void)sig;
}

static void act(void)
{
    struct itimerval t = {{0, 2000}, {0, 2000}};

    signal(SIGALRM, handle);
    setitimer(ITIMER_REAL, &t, NULL);
}
