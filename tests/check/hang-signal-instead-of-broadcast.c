/* SPDX-License-Identifier: MIT */
/* Wrong: the starting gate is opened with a signal, which wakes one runner;
 * if two already stand at the gate the other waits for ever. Runners warm up
 * first, so usually none is there when the gate opens. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool open; /* guarded by lock */
};

static struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER,
                           false};

static void gate_wait(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    while (!g->open) {
        pthread_cond_wait(&g->opened, &g->lock);
    }
    pthread_mutex_unlock(&g->lock);
}

static void gate_open(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_signal(&g->opened);
    pthread_mutex_unlock(&g->lock);
}

static void *runner(void *arg)
{
    unsigned *pulse = arg;
    unsigned p = *pulse;

    for (int i = 0; i < 3000000; i++) {
        p = p * 69069u + 1u;
    }
    *pulse = p;
    gate_wait(&gate);
    return NULL;
}

int main(void)
{
    unsigned pulse[2] = {1, 2};
    pthread_t t[2];

    for (int i = 0; i < 2; i++) {
        if (pthread_create(&t[i], NULL, runner, &pulse[i]) != 0) {
            return 1;
        }
    }
    gate_open(&gate);
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
        printf("runner %d: %u\n", i, pulse[i]);
    }
    return 0;
}
