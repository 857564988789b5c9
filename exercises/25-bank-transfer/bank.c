/* SPDX-License-Identifier: MIT */
/* bank.c - accounts that any number of threads move money between.
 *
 * Exercise 25: your file. bank.h says what each function promises. */
#include "bank.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct bank {
    size_t count; /* TODO: the accounts, and what guards them */
};

struct bank *bank_create(size_t count, long opening)
{
    /* TODO: refuse bad arguments; allocate the accounts; make the locks. */
    (void)count;
    (void)opening;
    return NULL;
}

int bank_transfer(struct bank *bank, size_t from, size_t to, long amount)
{
    /* TODO: lock what you need so that no circle of waits can close; check
     * the funds and move the amount while you hold it; unlock on every way
     * out. Mind from == to. */
    (void)bank;
    (void)from;
    (void)to;
    (void)amount;
    return ENOSYS;
}

int bank_balance(struct bank *bank, size_t account, long *out_balance)
{
    /* TODO: even one number is read under its lock. */
    (void)bank;
    (void)account;
    (void)out_balance;
    return ENOSYS;
}

long bank_total(struct bank *bank)
{
    /* TODO: add up while no account can change. */
    (void)bank;
    return 0;
}

int bank_collect(struct bank *bank, size_t to)
{
    /* TODO: move everything into `to`, in one step. Which locks, and in
     * which order? */
    (void)bank;
    (void)to;
    return ENOSYS;
}

void bank_destroy(struct bank *bank)
{
    /* TODO: give back whatever bank_create took. */
    (void)bank;
}
