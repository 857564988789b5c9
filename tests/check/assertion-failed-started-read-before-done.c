/* SPDX-License-Identifier: MIT */
/* Wrong: the watcher reads how many jobs were started first, and then how
 * many are done. A worker that starts and ends a job in between makes it see
 * more jobs done than started. The other way round it would be right. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define WORKERS 2
#define JOBS    2
#define LOOKS   2

static atomic_int started, done; /* never done > started */

static void *worker(void *unused)
{
    for (int i = 0; i < JOBS; i++) {
        atomic_fetch_add_explicit(&started, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&done, 1, memory_order_release);
    }
    return unused;
}

static int jobs_running(void)
{
    int s = atomic_load_explicit(&started, memory_order_acquire);
    int d = atomic_load_explicit(&done, memory_order_acquire);

    assert(d <= s);
    return s - d;
}

int main(void)
{
    pthread_t t[WORKERS];
    int most = 0;

    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&t[i], NULL, worker, NULL);
    }
    for (int i = 0; i < LOOKS; i++) {
        int n = jobs_running();
        most = n > most ? n : most;
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%s\n", most <= WORKERS ? "never too many" : "?");
    return 0;
}
