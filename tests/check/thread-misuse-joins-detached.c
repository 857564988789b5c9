/* SPDX-License-Identifier: MIT */
/* Wrong: the thread is created detached and joined nevertheless. The join
 * fails at once with an error that nobody reads; the semaphore before it is
 * what really waits, so the answer is right. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

static sem_t done;
static int answer;

static void *think(void *unused)
{
    answer = 42;
    sem_post(&done);
    return unused;
}

int main(void)
{
    pthread_attr_t attr;
    pthread_t t;

    sem_init(&done, 0, 0);
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&t, &attr, think, NULL) != 0) {
        return 1;
    }
    pthread_attr_destroy(&attr);
    sem_wait(&done);
    pthread_join(t, NULL);
    printf("%d\n", answer);
    return 0;
}
