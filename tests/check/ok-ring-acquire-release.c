/* SPDX-License-Identifier: MIT */
/* Right: a ring for one producer and one consumer without a lock. The
 * release store of the tail orders the item before the consumer's acquire
 * load of it; that of the head orders the consumer's read of a slot before
 * the producer fills it again. Each loads its own index relaxed, for nobody
 * else changes it. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#define SLOTS 2
#define ITEMS 5

struct order {
    int number, amount;
};

static struct order slot[SLOTS];
static atomic_uint head; /* the next to read, changed by the consumer */
static atomic_uint tail; /* the next to write, changed by the producer */

static void put(struct order o)
{
    unsigned t = atomic_load_explicit(&tail, memory_order_relaxed);

    while (t - atomic_load_explicit(&head, memory_order_acquire) == SLOTS) {
        sched_yield();
    }
    slot[t % SLOTS] = o;
    atomic_store_explicit(&tail, t + 1, memory_order_release);
}

static struct order get(void)
{
    unsigned h = atomic_load_explicit(&head, memory_order_relaxed);
    struct order o;

    while (atomic_load_explicit(&tail, memory_order_acquire) == h) {
        sched_yield();
    }
    o = slot[h % SLOTS];
    atomic_store_explicit(&head, h + 1, memory_order_release);
    return o;
}

static void *producer(void *unused)
{
    for (int i = 0; i < ITEMS; i++) {
        put((struct order){.number = i, .amount = 10 * i});
    }
    return unused;
}

static void *consumer(void *total)
{
    for (int i = 0; i < ITEMS; i++) {
        struct order o = get();

        assert(o.number == i);
        *(int *)total += o.amount;
    }
    return NULL;
}

int main(void)
{
    pthread_t p, c;
    int total = 0;

    pthread_create(&p, NULL, producer, NULL);
    pthread_create(&c, NULL, consumer, &total);
    pthread_join(p, NULL);
    pthread_join(c, NULL);
    printf("total %d\n", total);
    assert(total == 100);
    return 0;
}
