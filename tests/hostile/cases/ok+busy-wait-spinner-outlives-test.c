/* SPDX-License-Identifier: MIT */
/* A detached thread that computes for ever.
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

    if (pthread_create(&thread, NULL, spin, NULL) == 0) {
        pthread_detach(thread);
    }
}
