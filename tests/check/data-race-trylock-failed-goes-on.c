/* SPDX-License-Identifier: MIT */
/* Wrong: after a few failed tries the thread gives up on the lock and makes
 * its update all the same. Uncontended, the first try succeeds. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long total; /* guarded by lock */

static void add(long n)
{
    bool locked = false;

    for (int i = 0; i < 2 && !locked; i++) {
        locked = pthread_mutex_trylock(&lock) == 0;
    }
    total += n;
    if (locked) {
        pthread_mutex_unlock(&lock);
    }
}

static void *worker(void *arg)
{
    add(*(const long *)arg);
    return NULL;
}

int main(void)
{
    long n[3] = {1, 20, 300};
    pthread_t t[3];

    for (int i = 0; i < 3; i++) {
        pthread_create(&t[i], NULL, worker, &n[i]);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%ld\n", total);
    return 0;
}
