/* SPDX-License-Identifier: MIT */
/* Wrong: the writer of this seqlock raises the number once, when it is done,
 * and does not make it odd before it begins. A reader that comes after the
 * first store and is gone before the number changes finds it twice the same
 * and believes a pair of which one half is new. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

static atomic_uint sequence;
static atomic_int low, high; /* high is always low + 10 */

static void range_set(int from)
{
    unsigned s = atomic_load_explicit(&sequence, memory_order_relaxed);

    atomic_store_explicit(&low, from, memory_order_relaxed);
    atomic_store_explicit(&high, from + 10, memory_order_relaxed);
    atomic_store_explicit(&sequence, s + 2, memory_order_release);
}

static bool range_get(int *out_low, int *out_high)
{
    unsigned s = atomic_load_explicit(&sequence, memory_order_acquire);

    if (s % 2 != 0) {
        return false;
    }
    *out_low = atomic_load_explicit(&low, memory_order_relaxed);
    *out_high = atomic_load_explicit(&high, memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&sequence, memory_order_relaxed) == s;
}

static void *writer(void *unused)
{
    range_set(100);
    range_set(200);
    return unused;
}

static void *reader(void *unused)
{
    int from, to;

    while (!range_get(&from, &to)) {
        sched_yield();
    }
    assert(to - from == 10);
    return unused;
}

int main(void)
{
    pthread_t w, r;

    range_set(0);
    pthread_create(&w, NULL, writer, NULL);
    pthread_create(&r, NULL, reader, NULL);
    pthread_join(w, NULL);
    pthread_join(r, NULL);
    printf("%d to %d\n", atomic_load(&low), atomic_load(&high));
    return 0;
}
