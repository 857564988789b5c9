/* SPDX-License-Identifier: MIT */
/* Wrong: a worker does not wait for a busy lock. It puts its amount into the
 * backlog, which the next holder books; but the backlog is changed without
 * the lock, while the holder may be booking it. The lock is rarely busy. */
#include <assert.h>
#include <pthread.h>
#include <stdio.h>

#define WORKERS 3
#define ROUNDS  2

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int booked;  /* guarded by lock */
static int backlog; /* meant to be guarded by lock */

static void book(int amount)
{
    if (pthread_mutex_trylock(&lock) != 0) {
        backlog += amount;
        return;
    }
    booked += amount + backlog;
    backlog = 0;
    pthread_mutex_unlock(&lock);
}

static void *worker(void *amount)
{
    for (int i = 0; i < ROUNDS; i++) {
        book(*(const int *)amount);
    }
    return NULL;
}

int main(void)
{
    int amount[WORKERS] = {1, 10, 100};
    pthread_t t[WORKERS];

    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&t[i], NULL, worker, &amount[i]);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%d booked, %d to book\n", booked, backlog);
    assert(booked + backlog == ROUNDS * 111);
    return 0;
}
