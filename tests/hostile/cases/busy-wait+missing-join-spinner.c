/* SPDX-License-Identifier: MIT */
/* A thread that computes for ever and is never joined.
 * Engines: asan,tsan */
#include <pthread.h>

static volatile int sink;

static void *spin(void *arg)
{
    for (;;) {
        sink++;
    }
    return arg;
}

static void act(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, spin, NULL);
}
