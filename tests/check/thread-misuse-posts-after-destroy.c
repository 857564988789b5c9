/* SPDX-License-Identifier: MIT */
/* Wrong: main waits for one of two posts and destroys the semaphore, so the
 * other post may come too late. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

static sem_t done;

static void *work(void *arg)
{
    sem_post(&done);
    return arg;
}

int main(void)
{
    pthread_t t[2];

    sem_init(&done, 0, 0);
    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, work, NULL);
    }
    sem_wait(&done);
    sem_destroy(&done);
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    puts("done");
    return 0;
}
