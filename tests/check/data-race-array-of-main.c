/* SPDX-License-Identifier: MIT */
/* Main reads a result out of its own array before the thread has been joined.
 * The mutex is held for another element. */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *arg)
{
    long *results = arg;

    pthread_mutex_lock(&lock);
    results[0] = 1;
    pthread_mutex_unlock(&lock);
    results[1] = 2;
    return NULL;
}

int main(void)
{
    long results[2] = {0, 0};
    long sum = 0;
    pthread_t t;

    if (pthread_create(&t, NULL, work, results) != 0) {
        return 1;
    }
    pthread_mutex_lock(&lock);
    sum = results[0];
    pthread_mutex_unlock(&lock);
    sum += results[1];
    pthread_join(t, NULL);
    printf("%ld\n", sum);
    return 0;
}
