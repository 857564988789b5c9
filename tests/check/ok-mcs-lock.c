/* SPDX-License-Identifier: MIT */
/* Right: a queue lock (Mellor-Crummey and Scott). Each thread waits on a
 * flag of its own, which its predecessor clears with release and it reads
 * with acquire; if the queue is empty, a newcomer's exchange acquires the
 * tail that the last holder released. So the lock orders plain data. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define WORKERS 3
#define ROUNDS  2

struct place {
    _Atomic(struct place *) next;
    atomic_bool waiting;
};

static _Atomic(struct place *) tail; /* the last in the queue */
static int count;                    /* guarded by the lock */

static void lock(struct place *me)
{
    struct place *before;

    atomic_store_explicit(&me->next, NULL, memory_order_relaxed);
    atomic_store_explicit(&me->waiting, true, memory_order_relaxed);
    before = atomic_exchange_explicit(&tail, me, memory_order_acq_rel);
    if (before == NULL) {
        return;
    }
    atomic_store_explicit(&before->next, me, memory_order_release);
    while (atomic_load_explicit(&me->waiting, memory_order_acquire)) {
        sched_yield();
    }
}

static void unlock(struct place *me)
{
    struct place *last = me;
    struct place *next;

    if (atomic_compare_exchange_strong_explicit(
            &tail, &last, NULL, memory_order_release, memory_order_relaxed)) {
        return; /* nobody is behind me */
    }
    do {
        next = atomic_load_explicit(&me->next, memory_order_acquire);
        if (next == NULL) {
            sched_yield(); /* it is about to say who it is */
        }
    } while (next == NULL);
    atomic_store_explicit(&next->waiting, false, memory_order_release);
}

static void *worker(void *unused)
{
    struct place me;

    for (int i = 0; i < ROUNDS; i++) {
        lock(&me);
        count++;
        unlock(&me);
    }
    return unused;
}

int main(void)
{
    pthread_t t[WORKERS];

    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&t[i], NULL, worker, NULL);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%d\n", count);
    assert(count == WORKERS * ROUNDS);
    return 0;
}
