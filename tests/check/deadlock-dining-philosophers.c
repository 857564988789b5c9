/* SPDX-License-Identifier: MIT */
/* Wrong: each philosopher takes the left fork and then the right one, and
 * nobody limits how many sit down: when all hold their left fork, all wait.
 * With few short meals they rarely all reach out at once. */
/* args: 3 2 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX 10

pthread_mutex_t forks[MAX];
int n = 3, meals = 2;

void *philosopher(void *arg)
{
    int i = *(int *)arg;

    for (int m = 0; m < meals; m++) {
        pthread_mutex_lock(&forks[i]);
        pthread_mutex_lock(&forks[(i + 1) % n]);
        /* eat */
        pthread_mutex_unlock(&forks[(i + 1) % n]);
        pthread_mutex_unlock(&forks[i]);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t t[MAX];
    int id[MAX];

    if (argc > 2) {
        n = atoi(argv[1]);
        meals = atoi(argv[2]);
    }
    if (n < 2 || n > MAX) {
        return 2;
    }
    for (int i = 0; i < n; i++) {
        pthread_mutex_init(&forks[i], NULL);
        id[i] = i;
    }
    for (int i = 0; i < n; i++) {
        pthread_create(&t[i], NULL, philosopher, &id[i]);
    }
    for (int i = 0; i < n; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%d philosophers, %d meals each\n", n, meals);
    return 0;
}
