/* SPDX-License-Identifier: MIT */
/* A thread ends with a lock that all need.
 * Engines: asan,helgrind */
#include <pthread.h>

#define IN_WORKER
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void act(void)
{
    static __thread int once;

    if (once++ == 0) {
        pthread_mutex_lock(&gate);
    }
}
