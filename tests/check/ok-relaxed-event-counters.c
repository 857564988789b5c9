/* SPDX-License-Identifier: MIT */
/* Right: events are counted with relaxed additions. An addition is never
 * lost whatever its order, nothing else is concluded from the numbers while
 * the threads run, and the join orders all of them before main's look. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define WORKERS 3
#define WORDS   4

enum { SHORT, LONG, KINDS };

static atomic_int seen[KINDS];

static void *read_words(void *arg)
{
    const int *length = arg;

    for (int i = 0; i < WORDS; i++) {
        int kind = length[i] < 5 ? SHORT : LONG;
        atomic_fetch_add_explicit(&seen[kind], 1, memory_order_relaxed);
    }
    return NULL;
}

int main(void)
{
    static const int length[WORKERS][WORDS] = {
        {1, 9, 3, 5}, {2, 2, 2, 8}, {7, 4, 4, 6}};
    pthread_t t[WORKERS];
    int shorts, longs;

    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&t[i], NULL, read_words, (void *)length[i]);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(t[i], NULL);
    }
    shorts = atomic_load_explicit(&seen[SHORT], memory_order_relaxed);
    longs = atomic_load_explicit(&seen[LONG], memory_order_relaxed);
    printf("%d short, %d long\n", shorts, longs);
    assert(shorts == 7 && longs == 5);
    return 0;
}
