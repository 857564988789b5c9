/* SPDX-License-Identifier: MIT */
/* Right: a readers-writer lock says who may be inside - transfers share it and
 * lock their two accounts in the order of index, total and collect have it
 * alone and need no account locks. */
#include "bank.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* Lock order: inside, accounts[0].lock, accounts[1].lock, ... */
struct account {
    pthread_mutex_t lock; /* guards balance among those who share inside */
    long balance;         /* never negative while lock is free */
};

struct bank {
    size_t count;             /* constant after create */
    struct account *accounts; /* constant after create: count of them */

    pthread_rwlock_t inside; /* shared: uses account locks; alone: owns all */
};

struct bank *bank_create(size_t count, long opening)
{
    struct bank *bank = NULL;

    if (count == 0 || opening < 0) {
        return NULL;
    }
    bank = calloc(1, sizeof(*bank));
    if (bank == NULL) {
        return NULL;
    }
    if (pthread_rwlock_init(&bank->inside, NULL) != 0) {
        free(bank);
        return NULL;
    }
    bank->accounts = calloc(count, sizeof(*bank->accounts));
    if (bank->accounts == NULL) {
        bank_destroy(bank);
        return NULL;
    }
    while (bank->count < count) {
        struct account *account = &bank->accounts[bank->count];

        if (pthread_mutex_init(&account->lock, NULL) != 0) {
            bank_destroy(bank);
            return NULL;
        }
        account->balance = opening;
        bank->count++;
    }
    return bank;
}

static void lock_two(struct bank *bank, size_t one, size_t other)
{
    size_t low = one < other ? one : other;
    size_t high = one < other ? other : one;

    pthread_mutex_lock(&bank->accounts[low].lock);
    if (high != low) {
        pthread_mutex_lock(&bank->accounts[high].lock);
    }
}

static void unlock_two(struct bank *bank, size_t one, size_t other)
{
    pthread_mutex_unlock(&bank->accounts[one].lock);
    if (other != one) {
        pthread_mutex_unlock(&bank->accounts[other].lock);
    }
}

int bank_transfer(struct bank *bank, size_t from, size_t to, long amount)
{
    int rc = 0;

    if (from >= bank->count || to >= bank->count || amount <= 0) {
        return EINVAL; /* nothing held yet */
    }
    pthread_rwlock_rdlock(&bank->inside);
    lock_two(bank, from, to);
    if (bank->accounts[from].balance < amount) {
        rc = ERANGE;
    } else {
        bank->accounts[from].balance -= amount;
        bank->accounts[to].balance += amount;
    }
    unlock_two(bank, from, to);
    pthread_rwlock_unlock(&bank->inside);
    return rc;
}

int bank_balance(struct bank *bank, size_t account, long *out_balance)
{
    if (account >= bank->count) {
        return EINVAL;
    }
    pthread_rwlock_rdlock(&bank->inside);
    pthread_mutex_lock(&bank->accounts[account].lock);
    *out_balance = bank->accounts[account].balance;
    pthread_mutex_unlock(&bank->accounts[account].lock);
    pthread_rwlock_unlock(&bank->inside);
    return 0;
}

long bank_total(struct bank *bank)
{
    long total = 0;

    pthread_rwlock_wrlock(&bank->inside);
    for (size_t i = 0; i < bank->count; i++) {
        total += bank->accounts[i].balance;
    }
    pthread_rwlock_unlock(&bank->inside);
    return total;
}

int bank_collect(struct bank *bank, size_t to)
{
    long total = 0;

    if (to >= bank->count) {
        return EINVAL;
    }
    pthread_rwlock_wrlock(&bank->inside);
    for (size_t i = 0; i < bank->count; i++) {
        total += bank->accounts[i].balance;
        bank->accounts[i].balance = 0;
    }
    bank->accounts[to].balance = total;
    pthread_rwlock_unlock(&bank->inside);
    return 0;
}

void bank_destroy(struct bank *bank)
{
    for (size_t i = 0; i < bank->count; i++) {
        pthread_mutex_destroy(&bank->accounts[i].lock);
    }
    free(bank->accounts);
    pthread_rwlock_destroy(&bank->inside);
    free(bank);
}
