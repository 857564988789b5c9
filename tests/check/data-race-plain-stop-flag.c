/* SPDX-License-Identifier: MIT */
/* Wrong: the worker goes on until a plain int says stop. Main writes it
 * while the worker reads it, and nothing orders them; the call in the loop
 * is all that makes the compiler look again. The sum is read after the join,
 * which is fine. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

int stop;

static void *worker(void *rounds)
{
    long n = 0;

    while (!stop) {
        n++;
        sched_yield();
    }
    *(long *)rounds = n;
    return NULL;
}

int main(void)
{
    pthread_t t[2];
    long rounds[2] = {-1, -1};

    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, worker, &rounds[i]);
    }
    for (int i = 0; i < 3; i++) {
        sched_yield();
    }
    stop = 1;
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
        assert(rounds[i] >= 0);
    }
    puts("stopped");
    return 0;
}
