/* SPDX-License-Identifier: MIT */
/* Right: a plain result is announced by a relaxed flag between two fences.
 * The release fence stands before the store and the acquire fence behind the
 * load that sees it, so the fences synchronise, and the plain write happens
 * before the plain read. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

struct result {
    int quotient, remainder;
};

static struct result result; /* the divider's until ready, then only read */
static atomic_bool ready;

static void *divide(void *unused)
{
    result.quotient = 17 / 5;
    result.remainder = 17 % 5;
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&ready, true, memory_order_relaxed);
    return unused;
}

static void *verify(void *unused)
{
    while (!atomic_load_explicit(&ready, memory_order_relaxed)) {
        sched_yield();
    }
    atomic_thread_fence(memory_order_acquire);
    assert(result.quotient * 5 + result.remainder == 17);
    return unused;
}

int main(void)
{
    pthread_t divider, verifier[2];

    for (int i = 0; i < 2; i++) {
        pthread_create(&verifier[i], NULL, verify, NULL);
    }
    pthread_create(&divider, NULL, divide, NULL);
    pthread_join(divider, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_join(verifier[i], NULL);
    }
    printf("%d remainder %d\n", result.quotient, result.remainder);
    return 0;
}
