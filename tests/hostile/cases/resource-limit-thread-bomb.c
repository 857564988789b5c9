/* SPDX-License-Identifier: MIT */
/* Threads without end.
 * Engines: asan,criterion,tsan */
#include <pthread.h>
#include <unistd.h>

static void *sleeper(void *arg)
{
    pause();
    return arg;
}

static void act(void)
{
    pthread_t thread;

    for (;;) {
        pthread_create(&thread, NULL, sleeper, NULL);
    }
}
