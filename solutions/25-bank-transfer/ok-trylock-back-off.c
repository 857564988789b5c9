/* SPDX-License-Identifier: MIT */
/* Right: locks the payer, only tries the payee, and if that fails gives up
 * both, yields and starts over, so no transfer ever waits while it holds
 * something. Total and collect wait upwards only. */
#include "bank.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

/* Lock order: lock_all waits upwards; lock_two never waits while it holds. */
struct account {
    pthread_mutex_t lock; /* guards balance */
    long balance;         /* never negative while lock is free */
};

struct bank {
    size_t count;             /* constant after create */
    struct account *accounts; /* constant after create: count of them */
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
    bank->accounts = calloc(count, sizeof(*bank->accounts));
    if (bank->accounts == NULL) {
        free(bank);
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
    pthread_mutex_lock(&bank->accounts[one].lock);
    while (other != one &&
           pthread_mutex_trylock(&bank->accounts[other].lock) != 0) {
        /* Taken, perhaps by someone who waits for ours: let go of it. */
        pthread_mutex_unlock(&bank->accounts[one].lock);
        sched_yield();
        pthread_mutex_lock(&bank->accounts[one].lock);
    }
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
    for (size_t i = 0; i < bank->count; i++) {
        pthread_mutex_lock(&bank->accounts[i].lock);
    }
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
    free(bank);
}
