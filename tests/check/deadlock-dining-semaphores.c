/* SPDX-License-Identifier: MIT */
/* Wrong: each fork is a semaphore with one permit, and every philosopher takes
 * the left one first. If all of them sit down at the same moment, each holds
 * one fork and waits for the next; mostly somebody is done before. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

#define SEATS 3

static sem_t forks[SEATS];

static void *dine(void *arg)
{
    int seat = (int)(long)arg;

    for (int meal = 0; meal < 2; meal++) {
        sem_wait(&forks[seat]);
        sem_wait(&forks[(seat + 1) % SEATS]);
        sem_post(&forks[(seat + 1) % SEATS]);
        sem_post(&forks[seat]);
    }
    return NULL;
}

int main(void)
{
    pthread_t t[SEATS];

    for (int i = 0; i < SEATS; i++) {
        sem_init(&forks[i], 0, 1);
    }
    for (int i = 0; i < SEATS; i++) {
        pthread_create(&t[i], NULL, dine, (void *)(long)i);
    }
    for (int i = 0; i < SEATS; i++) {
        pthread_join(t[i], NULL);
    }
    for (int i = 0; i < SEATS; i++) {
        sem_destroy(&forks[i]);
    }
    puts("all have eaten");
    return 0;
}
