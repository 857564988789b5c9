/* SPDX-License-Identifier: MIT */
/* Wrong: the worker reports its result from inside the critical section, and
 * main destroys the mutex upon that, maybe before the worker has unlocked
 * it. The unlock follows at once, so main is mostly too late to do harm. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

static pthread_mutex_t lock;
static sem_t reported;
static int result; /* guarded by lock */

static void *worker(void *unused)
{
    pthread_mutex_lock(&lock);
    result = 99;
    sem_post(&reported);
    pthread_mutex_unlock(&lock);
    return unused;
}

int main(void)
{
    pthread_t t;

    pthread_mutex_init(&lock, NULL);
    sem_init(&reported, 0, 0);
    pthread_create(&t, NULL, worker, NULL);
    sem_wait(&reported);
    pthread_mutex_destroy(&lock);
    pthread_join(t, NULL);
    sem_destroy(&reported);
    printf("%d\n", result);
    return 0;
}
