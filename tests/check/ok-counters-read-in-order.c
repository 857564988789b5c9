/* SPDX-License-Identifier: MIT */
/* Right: the watcher reads how many jobs are done first, with acquire, and
 * then how many were started. Each number done was released after its start
 * was counted, and the additions in between carry the release sequences on,
 * so it never sees more done than started. */
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
    int d = atomic_load_explicit(&done, memory_order_acquire);
    int s = atomic_load_explicit(&started, memory_order_relaxed);

    assert(d <= s);
    return s - d;
}

int main(void)
{
    pthread_t t[WORKERS];

    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&t[i], NULL, worker, NULL);
    }
    for (int i = 0; i < LOOKS; i++) {
        (void)jobs_running();
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(t[i], NULL);
    }
    assert(jobs_running() == 0);
    printf("%d jobs\n", atomic_load(&done));
    return 0;
}
