/* SPDX-License-Identifier: MIT */
/* Wrong: parcels are counted when they come in and when they go out, both
 * with relaxed order, and the clerk concludes from one number on the other.
 * It reads them in the right order, but may see a parcel gone that it has
 * not yet seen come. That needs memory weaker than that of x86. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define PARCELS 2
#define LOOKS   2

static atomic_int come, gone;

static void *porter(void *unused)
{
    for (int i = 0; i < PARCELS; i++) {
        atomic_fetch_add_explicit(&come, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&gone, 1, memory_order_relaxed);
    }
    return unused;
}

static void *clerk(void *unused)
{
    for (int i = 0; i < LOOKS; i++) {
        int out = atomic_load_explicit(&gone, memory_order_relaxed);
        int in = atomic_load_explicit(&come, memory_order_relaxed);

        assert(out <= in);
    }
    return unused;
}

int main(void)
{
    pthread_t p, c;

    pthread_create(&p, NULL, porter, NULL);
    pthread_create(&c, NULL, clerk, NULL);
    pthread_join(p, NULL);
    pthread_join(c, NULL);
    printf("%d left\n", atomic_load(&come) - atomic_load(&gone));
    return 0;
}
