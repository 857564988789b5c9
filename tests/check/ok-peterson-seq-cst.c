/* SPDX-License-Identifier: MIT */
/* Right: Peterson's lock. All its accesses are sequentially consistent, so
 * of two threads that want in, the one whose store to `turn` comes later
 * sees the other's flag and waits; and what ends the waiting was stored by
 * the other after its last stay inside. So the lock orders plain data. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define ROUNDS 3

static atomic_bool wants[2];
static atomic_int turn;
static int count; /* guarded by the lock */

static void lock(int me)
{
    int other = 1 - me;

    atomic_store(&wants[me], true);
    atomic_store(&turn, other);
    while (atomic_load(&wants[other]) && atomic_load(&turn) == other) {
        sched_yield();
    }
}

static void unlock(int me)
{
    atomic_store(&wants[me], false);
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
