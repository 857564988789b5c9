/* SPDX-License-Identifier: MIT */
/* Wrong: a lock-free stack of free blocks without a version (ABA). A thread
 * that takes block A reads A's successor B, and is overtaken by one that
 * takes A and B and gives A back. The top is A again, so the exchange
 * succeeds and makes B the top, which the other still uses. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define BLOCKS 4 /* two threads use two each: there is always one */

struct block {
    _Atomic(struct block *) next;
    atomic_bool in_use;
};

static struct block pool[BLOCKS];
static _Atomic(struct block *) top;

static void give(struct block *b)
{
    struct block *old = atomic_load(&top);

    atomic_store(&b->in_use, false);
    do {
        atomic_store(&b->next, old);
    } while (!atomic_compare_exchange_strong(&top, &old, b));
}

static struct block *take(void)
{
    struct block *first = atomic_load(&top);
    struct block *second;
    bool was_in_use;

    do {
        assert(first != NULL);
        second = atomic_load(&first->next);
    } while (!atomic_compare_exchange_strong(&top, &first, second));
    was_in_use = atomic_exchange(&first->in_use, true);
    assert(!was_in_use);
    return first;
}

static void *worker(void *unused)
{
    struct block *a = take();
    struct block *b = take();

    give(a);
    give(b);
    return unused;
}

int main(void)
{
    pthread_t t[2];
    int left = 0;

    for (int i = 0; i < BLOCKS; i++) {
        give(&pool[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, worker, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    for (struct block *b = atomic_load(&top); b != NULL && left <= BLOCKS;
         b = atomic_load(&b->next)) {
        left++;
    }
    printf("%d blocks\n", left);
    assert(left == BLOCKS);
    return 0;
}
