/* SPDX-License-Identifier: MIT */
/* Right: a progress display looks at an atomic counter every two
 * milliseconds and sleeps between. Nothing depends on how long it sleeps. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define STEPS 8

static atomic_int done;

static void *worker(void *unused)
{
    struct timespec work = {.tv_nsec = 1000000};

    for (int i = 0; i < STEPS; i++) {
        nanosleep(&work, NULL); /* stands for a slow device */
        atomic_fetch_add(&done, 1);
    }
    return unused;
}

static void *monitor(void *unused)
{
    struct timespec pause = {.tv_nsec = 2000000};
    int last = -1;

    while (1) {
        int now = atomic_load(&done);
        if (now != last) {
            printf("%3d%%\n", now * 100 / STEPS);
            last = now;
        }
        if (now == STEPS) {
            break;
        }
        nanosleep(&pause, NULL);
    }
    return unused;
}

int main(void)
{
    pthread_t w, m;

    pthread_create(&m, NULL, monitor, NULL);
    pthread_create(&w, NULL, worker, NULL);
    pthread_join(w, NULL);
    pthread_join(m, NULL);
    return 0;
}
