/* SPDX-License-Identifier: MIT */
/* Wrong: the ticker may be cancelled inside write(), a cancellation point,
 * while it holds the lock, and has no cleanup handler; main then waits for
 * the lock for ever. It spends nearly all of its time in the sleep. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int ticks; /* guarded by lock */

static void *ticker(void *unused)
{
    (void)unused;
    while (1) {
        pthread_mutex_lock(&lock);
        ticks++;
        if (write(STDOUT_FILENO, ".", 1) != 1) {
            ticks--;
        }
        pthread_mutex_unlock(&lock);
        usleep(2000);
    }
    return NULL;
}

int main(void)
{
    pthread_t t;
    int n;

    pthread_create(&t, NULL, ticker, NULL);
    usleep(9000);
    pthread_cancel(t);
    pthread_join(t, NULL);
    pthread_mutex_lock(&lock);
    n = ticks;
    pthread_mutex_unlock(&lock);
    printf("\n%d ticks\n", n);
    return 0;
}
