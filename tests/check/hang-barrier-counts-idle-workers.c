/* SPDX-License-Identifier: MIT */
/* Wrong: no more threads are started than there are rows, but the barrier
 * is made for as many as were asked for: with more workers than rows those
 * at the barrier wait for threads that do not exist. */
/* args: 6 4 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX 16

static pthread_barrier_t barrier;
static int cell[2][MAX], workers, rows;

static void *work(void *arg)
{
    int me = *(int *)arg;

    for (int r = me; r < rows; r += workers) {
        cell[0][r] = r * r;
    }
    pthread_barrier_wait(&barrier);
    for (int r = me; r < rows; r += workers) {
        cell[1][r] = cell[0][(r + 1) % rows];
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t t[MAX];
    int id[MAX], asked = argc > 2 ? atoi(argv[1]) : 4;

    rows = argc > 2 ? atoi(argv[2]) : MAX;
    if (asked < 1 || asked > MAX || rows < 1 || rows > MAX) {
        return 2;
    }
    workers = asked < rows ? asked : rows;
    pthread_barrier_init(&barrier, NULL, (unsigned)asked);
    for (int i = 0; i < workers; i++) {
        id[i] = i;
        pthread_create(&t[i], NULL, work, &id[i]);
    }
    for (int i = 0; i < workers; i++) {
        pthread_join(t[i], NULL);
    }
    pthread_barrier_destroy(&barrier);
    printf("%d\n", cell[1][0]);
    return 0;
}
