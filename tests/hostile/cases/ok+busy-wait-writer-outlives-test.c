/* SPDX-License-Identifier: MIT */
/* A detached thread that prints for ever, slowly.
 * Engines: asan,criterion,helgrind */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *print(void *arg)
{
    for (;;) {
        puts("still here");
        usleep(1000);
    }
    return arg;
}

static void act(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, print, NULL) == 0) {
        pthread_detach(thread);
    }
}
