/* SPDX-License-Identifier: MIT */
/* Right: a barrier that changes its sense each time. An arrival releases
 * what its thread wrote and the last one acquires all of that; it resets the
 * number and releases the others through `sense`. Nobody adds to the number
 * of the next round before it has acquired that. So plain data may be passed
 * from phase to phase. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define THREADS 3
#define PHASES  3

static atomic_int arrived;
static atomic_bool sense;
static int cell[2][THREADS]; /* written in one phase, read in the next */

static void barrier_wait(bool *mine)
{
    *mine = !*mine;
    if (atomic_fetch_add_explicit(&arrived, 1, memory_order_acq_rel) ==
        THREADS - 1) {
        atomic_store_explicit(&arrived, 0, memory_order_relaxed);
        atomic_store_explicit(&sense, *mine, memory_order_release);
        return;
    }
    while (atomic_load_explicit(&sense, memory_order_acquire) != *mine) {
        sched_yield();
    }
}

static void *worker(void *arg)
{
    int me = *(const int *)arg;
    bool mine = false;

    for (int p = 0; p < PHASES; p++) {
        cell[(p + 1) % 2][me] = cell[p % 2][(me + 1) % THREADS] + 1;
        barrier_wait(&mine);
    }
    return NULL;
}

int main(void)
{
    int me[THREADS] = {0, 1, 2};
    pthread_t t[THREADS];

    for (int i = 0; i < THREADS; i++) {
        pthread_create(&t[i], NULL, worker, &me[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(t[i], NULL);
        assert(cell[PHASES % 2][i] == PHASES);
    }
    printf("%d phases\n", PHASES);
    return 0;
}
