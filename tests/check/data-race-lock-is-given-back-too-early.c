/* SPDX-License-Identifier: MIT */
/* Wrong: a lock that is waited for by compare-exchange is given back before
 * the last thing it guards. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

static atomic_int taken;
static long sum, count; /* guarded by taken */

static void *adds(void *arg)
{
    int none = 0;

    while (!atomic_compare_exchange_weak(&taken, &none, 1)) {
        none = 0;
    }
    sum += (long)arg;
    atomic_store(&taken, 0);
    count++;
    return NULL;
}

int main(void)
{
    pthread_t t[3];

    for (long i = 0; i < 3; i++) {
        pthread_create(&t[i], NULL, adds, (void *)i);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%ld in %ld\n", sum, count);
    return 0;
}
