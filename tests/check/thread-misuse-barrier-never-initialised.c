/* SPDX-License-Identifier: MIT */
/* Wrong: nobody calls pthread_barrier_init. */
#include <pthread.h>
#include <stddef.h>

static pthread_barrier_t barrier;

static void *meet(void *arg)
{
    pthread_barrier_wait(&barrier);
    return arg;
}

int main(void)
{
    pthread_t t;

    pthread_create(&t, NULL, meet, NULL);
    meet(NULL);
    pthread_join(t, NULL);
    pthread_barrier_destroy(&barrier);
    return 0;
}
