/* SPDX-License-Identifier: MIT */
/* Right: double-checked locking with an atomic flag beside plain data. The
 * flag is stored with release when the table is full, and who finds it set
 * with acquire may read the table without the mutex; in the second look the
 * mutex gives the order. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define SIZE 5

static int table[SIZE]; /* guarded by filling until full, then constant */
static int fillings;    /* guarded by filling */
static atomic_bool full;
static pthread_mutex_t filling = PTHREAD_MUTEX_INITIALIZER;

static const int *fibonacci(void)
{
    if (!atomic_load_explicit(&full, memory_order_acquire)) {
        pthread_mutex_lock(&filling);
        if (!atomic_load_explicit(&full, memory_order_relaxed)) {
            table[0] = table[1] = 1;
            for (int i = 2; i < SIZE; i++) {
                table[i] = table[i - 1] + table[i - 2];
            }
            fillings++;
            atomic_store_explicit(&full, true, memory_order_release);
        }
        pthread_mutex_unlock(&filling);
    }
    return table;
}

static void *worker(void *unused)
{
    for (int i = 0; i < 2; i++) {
        const int *f = fibonacci();

        assert(f[SIZE - 1] == 5);
    }
    return unused;
}

int main(void)
{
    pthread_t t[3];

    for (int i = 0; i < 3; i++) {
        pthread_create(&t[i], NULL, worker, NULL);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
    }
    assert(fillings == 1);
    puts("filled once");
    return 0;
}
