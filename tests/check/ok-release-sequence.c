/* SPDX-License-Identifier: MIT */
/* Right: the author publishes an article with a release store, a counter of
 * visits adds to the same word, relaxed, and the reader may see the sum. An
 * atomic addition goes on with the release sequence of the store it reads
 * from, so the reader's acquire is paired with the author's release all the
 * same. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#define PUBLISHED 100 /* visits are counted above it */
#define VISITS    2

static int words;        /* the author's until published, then only read */
static atomic_int state; /* 0, or PUBLISHED + number of visits */

static void *author(void *unused)
{
    words = 850;
    atomic_store_explicit(&state, PUBLISHED, memory_order_release);
    return unused;
}

static void *visitors(void *unused)
{
    while (atomic_load_explicit(&state, memory_order_relaxed) == 0) {
        sched_yield();
    }
    for (int i = 0; i < VISITS; i++) {
        atomic_fetch_add_explicit(&state, 1, memory_order_relaxed);
    }
    return unused;
}

static void *reader(void *unused)
{
    while (atomic_load_explicit(&state, memory_order_acquire) <= PUBLISHED) {
        sched_yield();
    }
    assert(words == 850); /* after one visit at least */
    return unused;
}

int main(void)
{
    void *(*const role[3])(void *) = {reader, visitors, author};
    pthread_t t[3];

    for (int i = 0; i < 3; i++) {
        pthread_create(&t[i], NULL, role[i], NULL);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%d visits\n", atomic_load(&state) - PUBLISHED);
    return 0;
}
