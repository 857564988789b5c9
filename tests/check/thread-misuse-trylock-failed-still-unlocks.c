/* SPDX-License-Identifier: MIT */
/* Wrong: when trylock fails the update is skipped, but the unlock is not:
 * it takes the lock from the thread that holds it. The lock is nearly always
 * free, so the path is nearly never taken. */
#include <pthread.h>
#include <stdio.h>

struct stats {
    pthread_mutex_t lock;
    long samples, skipped_by[2];
};

static struct stats stats = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void stats_sample(struct stats *s, int me)
{
    if (pthread_mutex_trylock(&s->lock) == 0) {
        s->samples++;
    } else {
        s->skipped_by[me]++; /* my own cell, no lock needed */
    }
    pthread_mutex_unlock(&s->lock);
}

static void *sampler(void *arg)
{
    stats_sample(&stats, *(int *)arg);
    return NULL;
}

int main(void)
{
    int id[2] = {0, 1};
    pthread_t t[2];

    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, sampler, &id[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%ld sampled, %ld skipped\n", stats.samples,
           stats.skipped_by[0] + stats.skipped_by[1]);
    return 0;
}
