/* SPDX-License-Identifier: MIT */
/* Wrong: a ring for one producer and one consumer, whose producer announces
 * an item with a relaxed store of the tail. The item itself may be seen
 * later than the tail, so the consumer reads a slot that is, for all it can
 * know, still being written. On x86 the items come out right. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#define SLOTS 2
#define ITEMS 4

static int slot[SLOTS];
static atomic_uint head; /* the next to read, changed by the consumer */
static atomic_uint tail; /* the next to write, changed by the producer */

static void put(int item)
{
    unsigned t = atomic_load_explicit(&tail, memory_order_relaxed);

    while (t - atomic_load_explicit(&head, memory_order_acquire) == SLOTS) {
        sched_yield();
    }
    slot[t % SLOTS] = item;
    atomic_store_explicit(&tail, t + 1, memory_order_relaxed);
}

static int get(void)
{
    unsigned h = atomic_load_explicit(&head, memory_order_relaxed);
    int item;

    while (atomic_load_explicit(&tail, memory_order_acquire) == h) {
        sched_yield();
    }
    item = slot[h % SLOTS];
    atomic_store_explicit(&head, h + 1, memory_order_release);
    return item;
}

static void *producer(void *unused)
{
    for (int i = 0; i < ITEMS; i++) {
        put(100 + i);
    }
    return unused;
}

int main(void)
{
    pthread_t t;

    pthread_create(&t, NULL, producer, NULL);
    for (int i = 0; i < ITEMS; i++) {
        int item = get();
        assert(item == 100 + i);
    }
    pthread_join(t, NULL);
    puts("all in order");
    return 0;
}
