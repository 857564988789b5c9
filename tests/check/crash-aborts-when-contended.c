/* SPDX-License-Identifier: MIT */
/* Wrong: the author is sure that the lock is free here and calls abort() if
 * it is not. Two workers that meet prove otherwise; mostly they do not. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int total; /* guarded by lock */

static void *worker(void *arg)
{
    if (pthread_mutex_trylock(&lock) != 0) {
        abort(); /* cannot happen */
    }
    total += *(int *)arg;
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    int n[2] = {4, 5};
    pthread_t t[2];

    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, worker, &n[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%d\n", total);
    return 0;
}
