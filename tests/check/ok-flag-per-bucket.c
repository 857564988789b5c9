/* SPDX-License-Identifier: MIT */
/* Right: a table in which every bucket has an atomic_flag as its spin lock.
 * Setting it acquires what clearing it released, so what is in a bucket is
 * ordered from holder to holder; different buckets share nothing. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#define BUCKETS 2
#define WORKERS 3
#define KEYS    3

struct bucket {
    atomic_flag busy;
    int entries; /* guarded by busy */
    int sum;     /* guarded by busy */
};

static struct bucket table[BUCKETS] = {{.busy = ATOMIC_FLAG_INIT},
                                       {.busy = ATOMIC_FLAG_INIT}};

static void table_add(int key)
{
    struct bucket *b = &table[key % BUCKETS];

    while (atomic_flag_test_and_set_explicit(&b->busy, memory_order_acquire)) {
        sched_yield();
    }
    b->entries++;
    b->sum += key;
    atomic_flag_clear_explicit(&b->busy, memory_order_release);
}

static void *worker(void *first)
{
    for (int i = 0; i < KEYS; i++) {
        table_add(*(const int *)first + i);
    }
    return NULL;
}

int main(void)
{
    int first[WORKERS] = {1, 4, 7};
    pthread_t t[WORKERS];

    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&t[i], NULL, worker, &first[i]);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%d even keys, %d odd ones\n", table[0].entries, table[1].entries);
    assert(table[0].entries == 4 && table[0].sum == 20);
    assert(table[1].entries == 5 && table[1].sum == 25);
    return 0;
}
