/* SPDX-License-Identifier: MIT */
/* pthread_exit on the test's own thread.
 * Engines: asan,tsan */
#include <pthread.h>

static void act(void)
{
    pthread_exit(NULL);
}
