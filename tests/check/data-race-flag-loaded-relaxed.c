/* SPDX-License-Identifier: MIT */
/* Wrong: main waits for the number of finished rows with a relaxed load. The
 * worker's release has no acquire to pair with, so the sums main then reads
 * are not ordered after they were written. Every run races, before the join;
 * on x86 none misreads. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#define ROWS    3
#define COLUMNS 4

static int sum[ROWS]; /* sum[r] is the worker's until finished > r */
static atomic_int finished;

static void *add_rows(void *unused)
{
    for (int r = 0; r < ROWS; r++) {
        int s = 0;

        for (int c = 0; c < COLUMNS; c++) {
            s += r * COLUMNS + c;
        }
        sum[r] = s;
        atomic_store_explicit(&finished, r + 1, memory_order_release);
    }
    return unused;
}

static int row_sum(int r)
{
    while (atomic_load_explicit(&finished, memory_order_relaxed) <= r) {
        sched_yield();
    }
    return sum[r];
}

int main(void)
{
    pthread_t t;
    int total = 0;

    pthread_create(&t, NULL, add_rows, NULL);
    for (int r = 0; r < ROWS; r++) {
        total += row_sum(r);
    }
    assert(total == 66);
    pthread_join(t, NULL);
    printf("total %d\n", total);
    return 0;
}
