/* SPDX-License-Identifier: MIT */
/* Wrong: producers and consumers of a one-place box wait on the same
 * condition and wake each other with signal. A signal meant for a consumer
 * can wake a producer, which goes back to sleep: then all sleep. */
/* args: 1 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int full, box; /* guarded by lock */
static int rounds = 1;

static void *producer(void *arg)
{
    for (int i = 0; i < rounds; i++) {
        pthread_mutex_lock(&lock);
        while (full) {
            pthread_cond_wait(&changed, &lock);
        }
        box = i;
        full = 1;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&lock);
    }
    return arg;
}

static void *consumer(void *arg)
{
    long *sum = arg;

    for (int i = 0; i < rounds; i++) {
        pthread_mutex_lock(&lock);
        while (!full) {
            pthread_cond_wait(&changed, &lock);
        }
        *sum += box;
        full = 0;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t t[4];
    long sum[2] = {0, 0};

    if (argc > 1) {
        rounds = atoi(argv[1]);
    }
    pthread_create(&t[0], NULL, producer, NULL);
    pthread_create(&t[1], NULL, consumer, &sum[0]);
    pthread_create(&t[2], NULL, producer, NULL);
    pthread_create(&t[3], NULL, consumer, &sum[1]);
    for (int i = 0; i < 4; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%ld\n", sum[0] + sum[1]);
    return 0;
}
