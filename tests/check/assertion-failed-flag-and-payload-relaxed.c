/* SPDX-License-Identifier: MIT */
/* Wrong: the position is made of relaxed atomics, which is fine, but so is
 * the flag that announces it: it may be seen before they are. No data race;
 * it shows when the reader sees the flag and still an old coordinate, which
 * needs memory weaker than that of x86. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

static atomic_int latitude, longitude;
static atomic_bool known;

static void *receiver(void *unused)
{
    atomic_store_explicit(&latitude, 52, memory_order_relaxed);
    atomic_store_explicit(&longitude, 13, memory_order_relaxed);
    atomic_store_explicit(&known, true, memory_order_relaxed);
    return unused;
}

static void *navigator(void *sum)
{
    int north, east;

    while (!atomic_load_explicit(&known, memory_order_relaxed)) {
        sched_yield();
    }
    north = atomic_load_explicit(&latitude, memory_order_relaxed);
    east = atomic_load_explicit(&longitude, memory_order_relaxed);
    assert(north == 52 && east == 13);
    *(int *)sum = north + east;
    return NULL;
}

int main(void)
{
    pthread_t a, b;
    int sum = 0;

    pthread_create(&a, NULL, receiver, NULL);
    pthread_create(&b, NULL, navigator, &sum);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    printf("%d\n", sum);
    return 0;
}
