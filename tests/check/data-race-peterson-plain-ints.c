/* SPDX-License-Identifier: MIT */
/* Wrong: Peterson's lock as the textbook prints it, with plain ints. Each
 * thread reads what the other writes and nothing orders them, so the lock
 * races with itself and protects nothing. It is seen as soon as the second
 * thread looks at the first one's flag. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#define ROUNDS 3

int interested[2];
int turn;
int balance; /* meant to be guarded by the lock */

static void lock(int me)
{
    int other = 1 - me;

    interested[me] = 1;
    turn = other;
    while (interested[other] && turn == other) {
        sched_yield();
    }
}

static void unlock(int me)
{
    interested[me] = 0;
}

static void *deposit(void *arg)
{
    int me = *(const int *)arg;

    for (int i = 0; i < ROUNDS; i++) {
        lock(me);
        balance += 10;
        unlock(me);
    }
    return NULL;
}

int main(void)
{
    int me[2] = {0, 1};
    pthread_t t[2];

    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, deposit, &me[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    printf("balance %d\n", balance);
    assert(balance == 2 * ROUNDS * 10);
    return 0;
}
