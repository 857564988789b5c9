/* SPDX-License-Identifier: MIT */
/* Wrong: withdraw() looks at the balance in one critical section and takes
 * the money in another; two customers can both be told that there is enough.
 * Each step is locked, so race detectors are content. */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int balance = 100; /* guarded by lock */

static int balance_get(void)
{
    int b;

    pthread_mutex_lock(&lock);
    b = balance;
    pthread_mutex_unlock(&lock);
    return b;
}

static void balance_add(int amount)
{
    pthread_mutex_lock(&lock);
    balance += amount;
    pthread_mutex_unlock(&lock);
}

static bool withdraw(int amount)
{
    if (balance_get() < amount) {
        return false;
    }
    balance_add(-amount);
    return true;
}

static void *customer(void *arg)
{
    bool *paid = arg;

    *paid = withdraw(60);
    return NULL;
}

int main(void)
{
    bool paid[2];
    pthread_t t[2];

    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, customer, &paid[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    printf("paid out: %d, left: %d\n", paid[0] + paid[1], balance);
    assert(balance >= 0);
    return 0;
}
