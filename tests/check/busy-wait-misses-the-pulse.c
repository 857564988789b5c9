/* SPDX-License-Identifier: MIT */
/* Wrong: the listener spins on a flag that main raises for a moment and
 * lowers again. One that does not look in that moment spins for ever; 20 ms
 * are plenty, mostly. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

static atomic_int pulse;

static void *listener(void *unused)
{
    while (atomic_load(&pulse) == 0) {
        /* look again */
    }
    return unused;
}

int main(void)
{
    struct timespec moment = {.tv_nsec = 20 * 1000 * 1000};
    pthread_t t;

    pthread_create(&t, NULL, listener, NULL);
    atomic_store(&pulse, 1);
    nanosleep(&moment, NULL);
    atomic_store(&pulse, 0);
    pthread_join(t, NULL);
    puts("heard");
    return 0;
}
