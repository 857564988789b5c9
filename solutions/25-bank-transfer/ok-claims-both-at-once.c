/* SPDX-License-Identifier: MIT */
/* Right: under one mutex a transfer waits until both accounts are unclaimed
 * and claims both in the same step, so nobody ever holds one while waiting for
 * the other; the work itself is done outside the mutex. */
#include "bank.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct account {
    bool claimed; /* guarded by bank->lock */
    long balance; /* belongs to the thread that has claimed the account */
};

struct bank {
    size_t count;             /* constant after create */
    struct account *accounts; /* constant after create: count of them */

    pthread_mutex_t lock;    /* guards every claimed flag */
    pthread_cond_t released; /* broadcast: some claim was given up */
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
        goto no_accounts;
    }
    if (pthread_mutex_init(&bank->lock, NULL) != 0) {
        goto no_lock;
    }
    if (pthread_cond_init(&bank->released, NULL) != 0) {
        goto no_cond;
    }
    bank->count = count;
    for (size_t i = 0; i < count; i++) {
        bank->accounts[i].balance = opening;
    }
    return bank;

no_cond:
    pthread_mutex_destroy(&bank->lock);
no_lock:
    free(bank->accounts);
no_accounts:
    free(bank);
    return NULL;
}

static void claim_two(struct bank *bank, size_t one, size_t other)
{
    pthread_mutex_lock(&bank->lock);
    while (bank->accounts[one].claimed || bank->accounts[other].claimed) {
        pthread_cond_wait(&bank->released, &bank->lock);
    }
    bank->accounts[one].claimed = true;
    bank->accounts[other].claimed = true;
    pthread_mutex_unlock(&bank->lock);
}

static void release_two(struct bank *bank, size_t one, size_t other)
{
    pthread_mutex_lock(&bank->lock);
    bank->accounts[one].claimed = false;
    bank->accounts[other].claimed = false;
    pthread_cond_broadcast(&bank->released);
    pthread_mutex_unlock(&bank->lock);
}

/* Wait until nobody is at work on any account. */
static void wait_for_quiet_locked(struct bank *bank)
{
    size_t i = 0;

    while (i < bank->count) {
        if (bank->accounts[i].claimed) {
            pthread_cond_wait(&bank->released, &bank->lock);
            i = 0; /* anything may have changed: look at all again */
        } else {
            i++;
        }
    }
}

int bank_transfer(struct bank *bank, size_t from, size_t to, long amount)
{
    int rc = 0;

    if (from >= bank->count || to >= bank->count || amount <= 0) {
        return EINVAL;
    }
    claim_two(bank, from, to);
    if (bank->accounts[from].balance < amount) {
        rc = ERANGE;
    } else {
        bank->accounts[from].balance -= amount;
        bank->accounts[to].balance += amount;
    }
    release_two(bank, from, to);
    return rc;
}

int bank_balance(struct bank *bank, size_t account, long *out_balance)
{
    if (account >= bank->count) {
        return EINVAL;
    }
    claim_two(bank, account, account);
    *out_balance = bank->accounts[account].balance;
    release_two(bank, account, account);
    return 0;
}

long bank_total(struct bank *bank)
{
    long total = 0;

    pthread_mutex_lock(&bank->lock);
    wait_for_quiet_locked(bank);
    for (size_t i = 0; i < bank->count; i++) {
        total += bank->accounts[i].balance;
    }
    pthread_mutex_unlock(&bank->lock);
    return total;
}

int bank_collect(struct bank *bank, size_t to)
{
    long total = 0;

    if (to >= bank->count) {
        return EINVAL;
    }
    pthread_mutex_lock(&bank->lock);
    wait_for_quiet_locked(bank);
    for (size_t i = 0; i < bank->count; i++) {
        total += bank->accounts[i].balance;
        bank->accounts[i].balance = 0;
    }
    bank->accounts[to].balance = total;
    pthread_mutex_unlock(&bank->lock);
    return 0;
}

void bank_destroy(struct bank *bank)
{
    pthread_cond_destroy(&bank->released);
    pthread_mutex_destroy(&bank->lock);
    free(bank->accounts);
    free(bank);
}
