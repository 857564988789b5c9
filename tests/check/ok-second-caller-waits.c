/* SPDX-License-Identifier: MIT */
/* Right: whoever comes first fills the table, as an atomic exchange decides,
 * and says so with release when it is full. The others wait for that with
 * acquire before they read. The exchange itself orders nothing and need
 * not. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define MOST 4

static int size;         /* set before the threads start */
static int square[MOST]; /* filled once, then only read */
static atomic_bool begun, full;

static const int *squares(void)
{
    if (!atomic_exchange_explicit(&begun, true, memory_order_relaxed)) {
        for (int i = 1; i < size; i++) {
            square[i] = square[i - 1] + 2 * i - 1;
        }
        atomic_store_explicit(&full, true, memory_order_release);
    } else {
        while (!atomic_load_explicit(&full, memory_order_acquire)) {
            sched_yield();
        }
    }
    return square;
}

static void *worker(void *sum)
{
    const int *s = squares();

    for (int i = 0; i < size; i++) {
        *(int *)sum += s[i];
    }
    return NULL;
}

int main(void)
{
    pthread_t t[3];
    int sum[3] = {0, 0, 0};

    size = MOST;
    for (int i = 0; i < 3; i++) {
        pthread_create(&t[i], NULL, worker, &sum[i]);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
        assert(sum[i] == 14);
    }
    puts("all sums are 14");
    return 0;
}
