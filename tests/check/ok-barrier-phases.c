/* SPDX-License-Identifier: MIT */
/* Right: workers smooth a row in rounds. One barrier parts reading from
 * writing, so cells are plain doubles and no lock is needed. */
#include <pthread.h>
#include <stdio.h>

#define WORKERS 3
#define CELLS   24
#define ROUNDS  12

static double row[2][CELLS];
static pthread_barrier_t step;
static int serial_count; /* written by the serial thread of each round */

static void *smooth(void *arg)
{
    int me = (int)(long)arg;
    int from = me * CELLS / WORKERS, to = (me + 1) * CELLS / WORKERS;

    for (int r = 0; r < ROUNDS; r++) {
        const double *old = row[r % 2];
        double *new = row[(r + 1) % 2];

        for (int i = from; i < to; i++) {
            double left = i > 0 ? old[i - 1] : old[i];
            double right = i + 1 < CELLS ? old[i + 1] : old[i];
            new[i] = (left + old[i] + right) / 3;
        }
        if (pthread_barrier_wait(&step) == PTHREAD_BARRIER_SERIAL_THREAD) {
            serial_count++; /* the next barrier comes after this */
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t t[WORKERS];
    double sum = 0;

    row[0][CELLS / 2] = 1.0;
    pthread_barrier_init(&step, NULL, WORKERS);
    for (long i = 0; i < WORKERS; i++) {
        pthread_create(&t[i], NULL, smooth, (void *)i);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(t[i], NULL);
    }
    pthread_barrier_destroy(&step);
    for (int i = 0; i < CELLS; i++) {
        sum += row[ROUNDS % 2][i];
    }
    printf("sum %.3f after %d rounds\n", sum, serial_count);
    return serial_count == ROUNDS ? 0 : 1;
}
