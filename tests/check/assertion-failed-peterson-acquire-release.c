/* SPDX-License-Identifier: MIT */
/* Wrong: Peterson's lock with release stores and acquire loads. A thread may
 * look at the other's flag before its own is seen, so both get in and one
 * addition is lost. The counter is atomic, so there is no data race. On x86
 * it takes two threads that lock within nanoseconds of one another. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define ROUNDS 2

static atomic_bool wants[2];
static atomic_int turn;
static atomic_int count; /* changed only by who holds the lock */

static void lock(int me)
{
    int other = 1 - me;

    atomic_store_explicit(&wants[me], true, memory_order_release);
    atomic_store_explicit(&turn, other, memory_order_release);
    while (atomic_load_explicit(&wants[other], memory_order_acquire) &&
           atomic_load_explicit(&turn, memory_order_acquire) == other) {
        sched_yield();
    }
}

static void unlock(int me)
{
    atomic_store_explicit(&wants[me], false, memory_order_release);
}

static void *worker(void *arg)
{
    int me = *(const int *)arg;

    for (int i = 0; i < ROUNDS; i++) {
        int n;

        lock(me);
        n = atomic_load_explicit(&count, memory_order_relaxed);
        atomic_store_explicit(&count, n + 1, memory_order_relaxed);
        unlock(me);
    }
    return NULL;
}

int main(void)
{
    int me[2] = {0, 1};
    pthread_t t[2];

    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, worker, &me[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%d\n", atomic_load(&count));
    assert(atomic_load(&count) == 2 * ROUNDS);
    return 0;
}
