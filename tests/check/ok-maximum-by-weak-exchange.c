/* SPDX-License-Identifier: MIT */
/* Right: the highest value is kept by a weak compare-exchange in a loop. It
 * may fail for no reason or because another thread was quicker; either way
 * it loads the value anew and the question is asked again. The number stands
 * for itself, so relaxed order is enough; main reads it after the joins. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define WORKERS 3
#define VALUES  3

static atomic_int highest = 0;

static void record(int value)
{
    int seen = atomic_load_explicit(&highest, memory_order_relaxed);

    while (seen < value && !atomic_compare_exchange_weak_explicit(
                               &highest, &seen, value, memory_order_relaxed,
                               memory_order_relaxed)) {
        /* seen is what is there now */
    }
}

static void *measure(void *arg)
{
    const int *value = arg;

    for (int i = 0; i < VALUES; i++) {
        record(value[i]);
    }
    return NULL;
}

int main(void)
{
    static const int value[WORKERS][VALUES] = {
        {3, 14, 15}, {9, 26, 5}, {35, 8, 9}};
    pthread_t t[WORKERS];
    int result;

    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&t[i], NULL, measure, (void *)value[i]);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(t[i], NULL);
    }
    result = atomic_load_explicit(&highest, memory_order_relaxed);
    printf("highest is %d\n", result);
    assert(result == 35);
    return 0;
}
