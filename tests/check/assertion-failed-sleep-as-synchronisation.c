/* SPDX-License-Identifier: MIT */
/* Wrong: main sleeps 20 ms and takes it that the loader is ready by then.
 * The flag is atomic, so no race is there to report; only a slow machine or
 * an unkind scheduler shows it. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int loaded;

static void *loader(void *unused)
{
    int n = 0;

    while (n < 1000) {
        n++;
    }
    atomic_store(&loaded, n);
    return unused;
}

int main(void)
{
    pthread_t t;

    pthread_create(&t, NULL, loader, NULL);
    usleep(20000);
    assert(atomic_load(&loaded) == 1000);
    printf("%d records loaded\n", atomic_load(&loaded));
    pthread_join(t, NULL);
    return 0;
}
