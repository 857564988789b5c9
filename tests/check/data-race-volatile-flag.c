/* SPDX-License-Identifier: MIT */
/* Wrong: the worker is told to stop by a volatile flag, which orders
 * nothing between threads; on x86 it behaves. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static volatile int stop_now;

static void *worker(void *arg)
{
    long *rounds = arg;

    while (!stop_now) {
        ++*rounds;
        usleep(500);
    }
    return NULL;
}

int main(void)
{
    pthread_t t;
    long rounds = 0;

    pthread_create(&t, NULL, worker, &rounds);
    usleep(3000);
    stop_now = 1;
    pthread_join(t, NULL);
    printf("%s\n", rounds >= 0 ? "stopped" : "?");
    return 0;
}
