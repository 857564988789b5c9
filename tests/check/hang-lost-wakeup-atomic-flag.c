/* SPDX-License-Identifier: MIT */
/* Wrong: the flag is atomic, so there is no race on it, but it is set and
 * signalled without the mutex. If that falls between the waiter's look and
 * its sleep, the signal is lost; the gap is a few instructions wide. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready_cond = PTHREAD_COND_INITIALIZER;
static atomic_bool ready;

static void *waiter(void *unused)
{
    pthread_mutex_lock(&lock);
    while (!atomic_load(&ready)) {
        pthread_cond_wait(&ready_cond, &lock);
    }
    pthread_mutex_unlock(&lock);
    return unused;
}

static void announce(void)
{
    atomic_store(&ready, true);
    pthread_cond_broadcast(&ready_cond);
}

int main(void)
{
    pthread_t t;

    pthread_create(&t, NULL, waiter, NULL);
    announce();
    pthread_join(t, NULL);
    puts("ready");
    return 0;
}
