/* SPDX-License-Identifier: MIT */
/* Wrong: a recipe goes from the author to the cook by way of a messenger,
 * who learns of it with acquire but passes the word on with a relaxed store.
 * So the author's release reaches the messenger and no further, and the
 * cook's read of the recipe is unordered. Every run races; on x86 none
 * misreads. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

static int eggs, grams; /* the author's; the cook's once told */
static atomic_bool written, told;

static void wait_for(atomic_bool *flag)
{
    while (!atomic_load_explicit(flag, memory_order_acquire)) {
        sched_yield();
    }
}

static void *author(void *unused)
{
    eggs = 3;
    grams = 250;
    atomic_store_explicit(&written, true, memory_order_release);
    return unused;
}

static void *messenger(void *unused)
{
    wait_for(&written);
    atomic_store_explicit(&told, true, memory_order_relaxed);
    return unused;
}

static void *cook(void *unused)
{
    wait_for(&told);
    assert(eggs == 3 && grams == 250);
    return unused;
}

int main(void)
{
    void *(*const role[3])(void *) = {cook, messenger, author};
    pthread_t t[3];

    for (int i = 0; i < 3; i++) {
        pthread_create(&t[i], NULL, role[i], NULL);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%d eggs\n", eggs);
    return 0;
}
