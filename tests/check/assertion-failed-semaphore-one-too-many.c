/* SPDX-License-Identifier: MIT */
/* Wrong: there are two lifts, but the semaphore starts with three permits.
 * A third rider inside at the same moment is rare as rides are short. */
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>

#define LIFTS  2
#define RIDERS 4

sem_t free_lifts;
atomic_int riding;

void *rider(void *arg)
{
    int now;

    sem_wait(&free_lifts);
    now = atomic_fetch_add(&riding, 1) + 1;
    assert(now <= LIFTS);
    atomic_fetch_sub(&riding, 1);
    sem_post(&free_lifts);
    return arg;
}

int main(void)
{
    pthread_t t[RIDERS];

    sem_init(&free_lifts, 0, LIFTS + 1);
    for (int i = 0; i < RIDERS; i++) {
        pthread_create(&t[i], NULL, rider, NULL);
    }
    for (int i = 0; i < RIDERS; i++) {
        pthread_join(t[i], NULL);
    }
    sem_destroy(&free_lifts);
    printf("all %d arrived\n", RIDERS);
    return 0;
}
