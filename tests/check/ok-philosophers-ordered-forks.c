/* SPDX-License-Identifier: MIT */
/* Right: textbook style. Every philosopher takes the fork with the lower
 * number first, so the last one reaches the other way and no circle forms. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>

#define N     4
#define MEALS 60

pthread_mutex_t fork_[N] = {
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
int held_by[N] = {-1, -1, -1, -1}; /* guarded by fork_[i] */

void *philosopher(void *p)
{
    int me = (int)(long)p;
    int a = me, b = (me + 1) % N;

    if (a > b) {
        a = (me + 1) % N;
        b = me;
    }
    for (int i = 0; i < MEALS; i++) {
        pthread_mutex_lock(&fork_[a]);
        assert(held_by[a] == -1);
        held_by[a] = me;
        pthread_mutex_lock(&fork_[b]);
        assert(held_by[b] == -1);
        held_by[b] = me;
        /* eat */
        held_by[b] = -1;
        pthread_mutex_unlock(&fork_[b]);
        held_by[a] = -1;
        pthread_mutex_unlock(&fork_[a]);
    }
    printf("philosopher %d is full\n", me);
    return NULL;
}

int main(void)
{
    pthread_t t[N];

    for (long i = 0; i < N; i++) {
        pthread_create(&t[i], NULL, philosopher, (void *)i);
    }
    for (int i = 0; i < N; i++) {
        pthread_join(t[i], NULL);
    }
    return 0;
}
