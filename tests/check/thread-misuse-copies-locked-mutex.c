/* SPDX-License-Identifier: MIT */
/* Wrong: a snapshot of the account is taken by assigning the whole struct, its
 * mutex included. If another thread holds the mutex at that moment, the copy
 * is locked for ever, and the snapshot cannot be used. */
#include <pthread.h>
#include <stdio.h>

struct account {
    pthread_mutex_t lock;
    long balance; /* guarded by lock */
};

static struct account shared = {PTHREAD_MUTEX_INITIALIZER, 100};

static long balance_of(struct account *a)
{
    long balance;

    pthread_mutex_lock(&a->lock);
    balance = a->balance;
    pthread_mutex_unlock(&a->lock);
    return balance;
}

static struct account snapshot(void)
{
    struct account copy;

    pthread_mutex_lock(&shared.lock);
    copy = shared;
    pthread_mutex_unlock(&shared.lock);
    return copy;
}

static void *deposit(void *unused)
{
    pthread_mutex_lock(&shared.lock);
    shared.balance += 10;
    pthread_mutex_unlock(&shared.lock);
    return unused;
}

int main(void)
{
    pthread_t t;
    struct account before;

    pthread_create(&t, NULL, deposit, NULL);
    before = snapshot();
    printf("%ld\n", balance_of(&before));
    pthread_join(t, NULL);
    return 0;
}
