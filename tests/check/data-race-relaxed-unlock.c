/* SPDX-License-Identifier: MIT */
/* Wrong: a spin lock that is given back with a relaxed store. What was
 * written under the lock is not ordered before the next holder's reads,
 * although it takes the lock with acquire. It races whenever two threads
 * hold the lock in turn; on x86 no count is lost. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define ROUNDS 3

static atomic_bool taken;
static int visits; /* meant to be guarded by taken */

static void lock(void)
{
    while (atomic_exchange_explicit(&taken, true, memory_order_acquire)) {
        sched_yield();
    }
}

static void unlock(void)
{
    atomic_store_explicit(&taken, false, memory_order_relaxed);
}

static void *visitor(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        lock();
        visits++;
        unlock();
    }
    return unused;
}

int main(void)
{
    pthread_t t[2];

    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, visitor, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%d visits\n", visits);
    assert(visits == 2 * ROUNDS);
    return 0;
}
