/* SPDX-License-Identifier: MIT */
/* Wrong: Dekker's idea, "raise my flag, then look at the other one", with
 * release stores and acquire loads. These do not keep a load behind an
 * earlier store: both threads may see the other's flag still down, and both
 * enter. On x86 the store buffer does it, if they come within nanoseconds of
 * one another. Sequential consistency is needed. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define ROUNDS 2

static atomic_bool flag[2];
static atomic_int inside;

static bool try_enter(int me)
{
    atomic_store_explicit(&flag[me], true, memory_order_release);
    if (atomic_load_explicit(&flag[1 - me], memory_order_acquire)) {
        atomic_store_explicit(&flag[me], false, memory_order_release);
        return false;
    }
    return true;
}

static void leave(int me)
{
    atomic_store_explicit(&flag[me], false, memory_order_release);
}

static void *visitor(void *arg)
{
    int me = *(const int *)arg;

    for (int i = 0; i < ROUNDS; i++) {
        if (try_enter(me)) {
            int others =
                atomic_fetch_add_explicit(&inside, 1, memory_order_relaxed);
            assert(others == 0);
            atomic_fetch_sub_explicit(&inside, 1, memory_order_relaxed);
            leave(me);
        }
    }
    return NULL;
}

int main(void)
{
    int me[2] = {0, 1};
    pthread_t t[2];

    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, visitor, &me[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    puts("never two at a time");
    return 0;
}
