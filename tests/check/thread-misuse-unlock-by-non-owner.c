/* SPDX-License-Identifier: MIT */
/* Wrong: one thread locks the device for a job, another unlocks it when the
 * job is complete. A mutex belongs to the thread that locked it; the default
 * kind does not check. Semaphores order every step, so the sum is right. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

static pthread_mutex_t device = PTHREAD_MUTEX_INITIALIZER;
static sem_t submitted, completed;
static int job, sum; /* handed to and fro by the semaphores */

static void *submit(void *unused)
{
    for (int i = 1; i <= 5; i++) {
        pthread_mutex_lock(&device);
        job = i;
        sem_post(&submitted);
        sem_wait(&completed);
    }
    return unused;
}

static void *complete(void *unused)
{
    for (int i = 1; i <= 5; i++) {
        sem_wait(&submitted);
        sum += job;
        pthread_mutex_unlock(&device);
        sem_post(&completed);
    }
    return unused;
}

int main(void)
{
    pthread_t s, c;

    sem_init(&submitted, 0, 0);
    sem_init(&completed, 0, 0);
    pthread_create(&s, NULL, submit, NULL);
    pthread_create(&c, NULL, complete, NULL);
    pthread_join(s, NULL);
    pthread_join(c, NULL);
    printf("sum %d\n", sum);
    return 0;
}
