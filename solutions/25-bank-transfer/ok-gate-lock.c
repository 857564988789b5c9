/* SPDX-License-Identifier: MIT */
/* Right: whoever needs several accounts takes a gate first and holds it until
 * he has them all, so only one thread at a time can be holding some and
 * waiting for more: in whichever order, no circle can close. */
#include "bank.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* Lock order: gate, then accounts in any order: only the thread inside the
 * gate ever waits for an account while it holds another. */
struct account {
    pthread_mutex_t lock; /* guards balance */
    long balance;         /* never negative while lock is free */
};

struct bank {
    size_t count;             /* constant after create */
    struct account *accounts; /* constant after create: count of them */
    pthread_mutex_t gate;     /* held while collecting several locks */
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
    if (pthread_mutex_init(&bank->gate, NULL) != 0) {
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
    pthread_mutex_lock(&bank->gate);
    pthread_mutex_lock(&bank->accounts[one].lock);
    if (other != one) {
        pthread_mutex_lock(&bank->accounts[other].lock);
    }
    pthread_mutex_unlock(&bank->gate);
}

static void unlock_two(struct bank *bank, size_t one, size_t other)
{
    pthread_mutex_unlock(&bank->accounts[one].lock);
    if (other != one) {
        pthread_mutex_unlock(&bank->accounts[other].lock);
    }
}

static void lock_all(struct bank *bank)
{
    pthread_mutex_lock(&bank->gate);
    for (size_t i = 0; i < bank->count; i++) {
        pthread_mutex_lock(&bank->accounts[i].lock);
    }
    pthread_mutex_unlock(&bank->gate);
}

static void unlock_all(struct bank *bank)
{
    for (size_t i = 0; i < bank->count; i++) {
        pthread_mutex_unlock(&bank->accounts[i].lock);
    }
}

int bank_transfer(struct bank *bank, size_t from, size_t to, long amount)
{
    int rc = 0;

    if (from >= bank->count || to >= bank->count || amount <= 0) {
        return EINVAL; /* nothing held yet */
    }
    lock_two(bank, from, to);
    if (bank->accounts[from].balance < amount) {
        rc = ERANGE;
    } else {
        bank->accounts[from].balance -= amount;
        bank->accounts[to].balance += amount;
    }
    unlock_two(bank, from, to);
    return rc;
}

int bank_balance(struct bank *bank, size_t account, long *out_balance)
{
    if (account >= bank->count) {
        return EINVAL;
    }
    pthread_mutex_lock(&bank->accounts[account].lock);
    *out_balance = bank->accounts[account].balance;
    pthread_mutex_unlock(&bank->accounts[account].lock);
    return 0;
}

long bank_total(struct bank *bank)
{
    long total = 0;

    lock_all(bank);
    for (size_t i = 0; i < bank->count; i++) {
        total += bank->accounts[i].balance;
    }
    unlock_all(bank);
    return total;
}

int bank_collect(struct bank *bank, size_t to)
{
    long total = 0;

    if (to >= bank->count) {
        return EINVAL;
    }
    lock_all(bank);
    for (size_t i = 0; i < bank->count; i++) {
        total += bank->accounts[i].balance;
        bank->accounts[i].balance = 0;
    }
    bank->accounts[to].balance = total;
    unlock_all(bank);
    return 0;
}

void bank_destroy(struct bank *bank)
{
    for (size_t i = 0; i < bank->count; i++) {
        pthread_mutex_destroy(&bank->accounts[i].lock);
    }
    free(bank->accounts);
    pthread_mutex_destroy(&bank->gate);
    free(bank);
}
