/* SPDX-License-Identifier: MIT */
/* Right: workers go on until an atomic flag says stop, and give way in each
 * round. The flag is all they share while they run; how many rounds each
 * made is read after its join. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define WORKERS 2

static _Atomic bool stop;

struct worker {
    pthread_t thread;
    long rounds; /* the thread's until joined */
};

static void *work(void *arg)
{
    struct worker *w = arg;

    while (!stop) {
        w->rounds++;
        sched_yield();
    }
    return NULL;
}

int main(void)
{
    struct worker w[WORKERS] = {{.rounds = 0}};

    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&w[i].thread, NULL, work, &w[i]);
    }
    for (int i = 0; i < 3; i++) {
        sched_yield();
    }
    stop = true;
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(w[i].thread, NULL);
        assert(w[i].rounds >= 0);
    }
    puts("stopped");
    return 0;
}
