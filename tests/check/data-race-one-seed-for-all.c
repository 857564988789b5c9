/* SPDX-License-Identifier: MIT */
/* Wrong: all threads draw their numbers from one seed. rand_r changes it, and
 * nothing looks wrong: the numbers are random either way. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 3, DRAWS = 200 };

static unsigned seed = 1;

static void *count_hits(void *arg)
{
    long *hits = arg;

    for (int i = 0; i < DRAWS; i++) {
        double x = rand_r(&seed) / (double)RAND_MAX;
        double y = rand_r(&seed) / (double)RAND_MAX;
        *hits += x * x + y * y <= 1;
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    long hits[THREADS] = {0}, all = 0;

    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, count_hits, &hits[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        all += hits[i];
    }
    printf("pi is about %f\n", 4.0 * (double)all / (THREADS * DRAWS));
    return 0;
}
