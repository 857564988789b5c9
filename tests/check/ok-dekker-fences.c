/* SPDX-License-Identifier: MIT */
/* Right: Dekker's lock with relaxed accesses and fences. Of two threads, the
 * one whose seq_cst fence comes later sees the other's flag up, or lowered
 * again after its stay; the fences at the two ends of the stay pair by way
 * of that flag. So the lock orders plain data. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define ROUNDS  2
#define RELAXED memory_order_relaxed

static atomic_bool wants[2];
static atomic_int turn;
static int count; /* guarded by the lock */

static void raise_flag(int me)
{
    atomic_store_explicit(&wants[me], true, RELAXED);
    atomic_thread_fence(memory_order_seq_cst);
}

static void lock(int me)
{
    raise_flag(me);
    while (atomic_load_explicit(&wants[1 - me], RELAXED)) {
        if (atomic_load_explicit(&turn, RELAXED) != me) {
            atomic_store_explicit(&wants[me], false, RELAXED);
            while (atomic_load_explicit(&turn, RELAXED) != me) {
                sched_yield();
            }
            raise_flag(me);
        } else {
            sched_yield();
        }
    }
    atomic_thread_fence(memory_order_acquire);
}

static void unlock(int me)
{
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&turn, 1 - me, RELAXED);
    atomic_store_explicit(&wants[me], false, RELAXED);
}

static void *worker(void *arg)
{
    int me = *(const int *)arg;

    for (int i = 0; i < ROUNDS; i++) {
        lock(me);
        count++;
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
    printf("%d\n", count);
    assert(count == 2 * ROUNDS);
    return 0;
}
