/* SPDX-License-Identifier: MIT */
/* Right: a lock-free stack of free blocks. The top is an index and a version
 * in one word, and each change makes a new version, so an exchange succeeds
 * only if nothing at all happened in between (no ABA). Taking acquires what
 * giving released, through any takes in between, so blocks hold plain data. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#define BLOCKS  4 /* two threads use two each: there is always one */
#define NOTHING UINT32_MAX

static struct {
    atomic_uint next; /* index of the block below */
    int uses;         /* whose block it is, theirs */
} block[BLOCKS];
static _Atomic(uint64_t) top = NOTHING; /* version << 32 | index */

static uint64_t newer(uint64_t old, uint32_t index)
{
    return ((old >> 32) + 1) << 32 | index;
}

static void give(uint32_t b)
{
    uint64_t old = atomic_load_explicit(&top, memory_order_relaxed);

    do {
        atomic_store_explicit(&block[b].next, (uint32_t)old,
                              memory_order_relaxed);
    } while (!atomic_compare_exchange_weak_explicit(
        &top, &old, newer(old, b), memory_order_release, memory_order_relaxed));
}

static uint32_t take(void)
{
    uint64_t old = atomic_load_explicit(&top, memory_order_acquire);
    uint32_t next;

    do {
        assert((uint32_t)old != NOTHING);
        next = atomic_load_explicit(&block[(uint32_t)old].next,
                                    memory_order_relaxed);
    } while (!atomic_compare_exchange_weak_explicit(
        &top, &old, newer(old, next), memory_order_acq_rel,
        memory_order_acquire));
    return (uint32_t)old;
}

static void *worker(void *unused)
{
    uint32_t a = take();
    uint32_t b = take();

    block[a].uses++;
    block[b].uses++;
    give(a);
    give(b);
    return unused;
}

int main(void)
{
    pthread_t t[2];
    int uses = 0;

    for (uint32_t i = 0; i < BLOCKS; i++) {
        give(i);
    }
    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, worker, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    for (int i = 0; i < BLOCKS; i++) {
        uses += block[take()].uses; /* take finds all four again */
    }
    printf("%d uses\n", uses);
    assert(uses == 4);
    return 0;
}
