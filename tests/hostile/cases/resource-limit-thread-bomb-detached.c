/* SPDX-License-Identifier: MIT */
/* Threads without end that nobody can join.
 * Engines: asan */
#include <pthread.h>

static void *bomb(void *arg)
{
    pthread_t thread;

    for (;;) {
        pthread_create(&thread, NULL, bomb, arg);
    }
    return NULL;
}

static void act(void)
{
    pthread_attr_t attr;
    pthread_t thread;

    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    for (;;) {
        pthread_create(&thread, &attr, bomb, NULL);
    }
}
