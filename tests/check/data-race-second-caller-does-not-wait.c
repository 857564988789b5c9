/* SPDX-License-Identifier: MIT */
/* Wrong: whoever comes first fills the table, as an atomic exchange decides.
 * The others go on at once: they know that somebody has begun, not that the
 * table is full. The first thread is usually done before the second comes. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define MOST 4

static int size;         /* set before the threads start */
static int square[MOST]; /* filled once, then only read */
static atomic_bool begun;

static const int *squares(void)
{
    if (!atomic_exchange(&begun, true)) {
        for (int i = 1; i < size; i++) {
            square[i] = square[i - 1] + 2 * i - 1;
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
    pthread_t t[2];
    int sum[2] = {0, 0};

    size = MOST;
    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, worker, &sum[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    assert(sum[0] == 14 && sum[1] == 14);
    puts("both sums are 14");
    return 0;
}
