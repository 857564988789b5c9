/* SPDX-License-Identifier: MIT */
/* Wrong: one way out for all, as it should be, but bad arguments jump there
 * before the lock is taken, so it unlocks what it does not hold. A plain mutex
 * does not mind today, and tomorrow it lets a second thread in. */
#include "bank.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct bank {
    size_t count; /* constant after create */

    pthread_mutex_t lock; /* guards the balances */
    long *balances;       /* count of them */
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
    bank->balances = calloc(count, sizeof(*bank->balances));
    if (bank->balances == NULL || pthread_mutex_init(&bank->lock, NULL) != 0) {
        free(bank->balances);
        free(bank);
        return NULL;
    }
    bank->count = count;
    for (size_t i = 0; i < count; i++) {
        bank->balances[i] = opening;
    }
    return bank;
}

int bank_transfer(struct bank *bank, size_t from, size_t to, long amount)
{
    int rc = 0;

    if (from >= bank->count || to >= bank->count || amount <= 0) {
        rc = EINVAL;
        goto out;
    }
    pthread_mutex_lock(&bank->lock);
    if (bank->balances[from] < amount) {
        rc = ERANGE;
        goto out;
    }
    bank->balances[from] -= amount;
    bank->balances[to] += amount;
out:
    pthread_mutex_unlock(&bank->lock);
    return rc;
}

int bank_balance(struct bank *bank, size_t account, long *out_balance)
{
    if (account >= bank->count) {
        return EINVAL;
    }
    pthread_mutex_lock(&bank->lock);
    *out_balance = bank->balances[account];
    pthread_mutex_unlock(&bank->lock);
    return 0;
}

long bank_total(struct bank *bank)
{
    long total = 0;

    pthread_mutex_lock(&bank->lock);
    for (size_t i = 0; i < bank->count; i++) {
        total += bank->balances[i];
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
    for (size_t i = 0; i < bank->count; i++) {
        total += bank->balances[i];
        bank->balances[i] = 0;
    }
    bank->balances[to] = total;
    pthread_mutex_unlock(&bank->lock);
    return 0;
}

void bank_destroy(struct bank *bank)
{
    pthread_mutex_destroy(&bank->lock);
    free(bank->balances);
    free(bank);
}
