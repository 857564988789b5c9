/* SPDX-License-Identifier: MIT */
/* Right: a seqlock with one writer. A reader that sees any of a writer's new
 * values is, by the two fences, bound to see its odd number or a later one
 * in the second look, and reads again; the acquire of an even number gives
 * it all the values stored before that. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define UPDATES 2
#define READERS 2

static atomic_uint sequence; /* odd while the writer is at work */
static atomic_int x, y;      /* y is always -x */

static void point_set(int value)
{
    unsigned s = atomic_load_explicit(&sequence, memory_order_relaxed);

    atomic_store_explicit(&sequence, s + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&x, value, memory_order_relaxed);
    atomic_store_explicit(&y, -value, memory_order_relaxed);
    atomic_store_explicit(&sequence, s + 2, memory_order_release);
}

static bool point_get(int *out_x, int *out_y)
{
    unsigned s = atomic_load_explicit(&sequence, memory_order_acquire);

    if (s % 2 != 0) {
        return false;
    }
    *out_x = atomic_load_explicit(&x, memory_order_relaxed);
    *out_y = atomic_load_explicit(&y, memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&sequence, memory_order_relaxed) == s;
}

static void *writer(void *unused)
{
    for (int i = 1; i <= UPDATES; i++) {
        point_set(i);
    }
    return unused;
}

static void *reader(void *unused)
{
    int a, b;

    while (!point_get(&a, &b)) {
        sched_yield();
    }
    assert(a + b == 0);
    return unused;
}

int main(void)
{
    pthread_t w, r[READERS];

    pthread_create(&w, NULL, writer, NULL);
    for (int i = 0; i < READERS; i++) {
        pthread_create(&r[i], NULL, reader, NULL);
    }
    pthread_join(w, NULL);
    for (int i = 0; i < READERS; i++) {
        pthread_join(r[i], NULL);
    }
    printf("%d\n", atomic_load(&x));
    return 0;
}
