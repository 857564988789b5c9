/* SPDX-License-Identifier: MIT */
/* Right: each thread adds up in thread-local variables, which no other can
 * reach, and merges its sums into the totals once, under a mutex. Main reads
 * the totals after the joins. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>

#define WORKERS 3
#define ITEMS   4

static _Thread_local int local_sum, local_largest;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int sum, largest; /* guarded by lock */

static void account(int item)
{
    local_sum += item;
    if (item > local_largest) {
        local_largest = item;
    }
}

static void merge(void)
{
    pthread_mutex_lock(&lock);
    sum += local_sum;
    if (local_largest > largest) {
        largest = local_largest;
    }
    pthread_mutex_unlock(&lock);
}

static void *worker(void *arg)
{
    int first = *(const int *)arg;

    for (int i = 0; i < ITEMS; i++) {
        account(first + i);
    }
    merge();
    return NULL;
}

int main(void)
{
    int first[WORKERS] = {1, 5, 9};
    pthread_t t[WORKERS];

    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&t[i], NULL, worker, &first[i]);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(t[i], NULL);
    }
    printf("sum %d, largest %d\n", sum, largest);
    assert(sum == 78 && largest == 12);
    assert(local_sum == 0); /* main added nothing to its own */
    return 0;
}
