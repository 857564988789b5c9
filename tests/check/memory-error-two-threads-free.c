/* SPDX-License-Identifier: MIT */
/* Wrong: either of two threads may clear the cache. The pointer is atomic,
 * but loading it and setting it to NULL are two steps, so both can free the
 * same block. Mostly the second one finds NULL. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static _Atomic(char *) cache;

static void cache_clear(void)
{
    char *block = atomic_load(&cache);

    if (block != NULL) {
        atomic_store(&cache, NULL);
        free(block);
    }
}

static void *cleaner(void *unused)
{
    cache_clear();
    return unused;
}

int main(void)
{
    pthread_t t[2];

    atomic_store(&cache, malloc(4096));
    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, cleaner, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    puts("clear");
    return 0;
}
