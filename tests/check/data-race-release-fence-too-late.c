/* SPDX-License-Identifier: MIT */
/* Wrong: the release fence comes after the store of the flag; it orders only
 * stores behind it. The reader's relaxed load and acquire fence are right,
 * but have nothing to pair with, so its look at the answer is unordered.
 * Every run races; on x86 none misreads. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

static int answer; /* the thinker's until found, then only read */
static atomic_bool found;

static void *think(void *unused)
{
    answer = 42;
    atomic_store_explicit(&found, true, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    return unused;
}

static void *ask(void *unused)
{
    while (!atomic_load_explicit(&found, memory_order_relaxed)) {
        sched_yield();
    }
    atomic_thread_fence(memory_order_acquire);
    assert(answer == 42);
    return unused;
}

int main(void)
{
    pthread_t thinker, asker;

    pthread_create(&asker, NULL, ask, NULL);
    pthread_create(&thinker, NULL, think, NULL);
    pthread_join(thinker, NULL);
    pthread_join(asker, NULL);
    printf("the answer is %d\n", answer);
    return 0;
}
