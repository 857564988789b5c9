/* SPDX-License-Identifier: MIT */
/* Right: 20,000 lock operations in all and nothing else of interest; a
 * checker that follows every one must still come to an end. */
/* args: 4 2500 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
long counter;
int iterations;

void *increment(void *arg)
{
    for (int i = 0; i < iterations; i++) {
        pthread_mutex_lock(&mutex);
        counter = counter + 1;
        pthread_mutex_unlock(&mutex);
    }
    return arg;
}

int main(int argc, char *argv[])
{
    pthread_t threads[32];
    int n;

    if (argc != 3) {
        fprintf(stderr, "usage: %s threads iterations\n", argv[0]);
        exit(2);
    }
    n = atoi(argv[1]);
    iterations = atoi(argv[2]);
    if (n < 1 || n > 32) {
        exit(2);
    }
    for (int i = 0; i < n; i++) {
        pthread_create(&threads[i], NULL, increment, NULL);
    }
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("counter = %ld\n", counter);
    exit(counter == (long)n * iterations ? 0 : 1);
}
