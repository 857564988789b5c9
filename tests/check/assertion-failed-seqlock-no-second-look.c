/* SPDX-License-Identifier: MIT */
/* Wrong: the reader of this seqlock waits for an even number, but does not
 * look at it again after reading. If the writer comes in between the two
 * loads, the reader has one coordinate from before and one from after. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#define UPDATES 2

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

static void point_get(int *out_x, int *out_y)
{
    while (atomic_load_explicit(&sequence, memory_order_acquire) % 2 != 0) {
        sched_yield();
    }
    *out_x = atomic_load_explicit(&x, memory_order_relaxed);
    *out_y = atomic_load_explicit(&y, memory_order_relaxed);
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

    point_get(&a, &b);
    assert(a + b == 0);
    return unused;
}

int main(void)
{
    pthread_t w, r;

    pthread_create(&w, NULL, writer, NULL);
    pthread_create(&r, NULL, reader, NULL);
    pthread_join(w, NULL);
    pthread_join(r, NULL);
    printf("%d\n", atomic_load(&x));
    return 0;
}
