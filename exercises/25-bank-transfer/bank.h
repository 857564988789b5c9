/* SPDX-License-Identifier: MIT */
/* bank.h - accounts that any number of threads move money between.
 *
 * Exercise 25: write bank.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. */
#ifndef BANK_H
#define BANK_H
#include <stddef.h>

struct bank; /* opaque: its fields are yours to choose */

/* Open a bank with `count` accounts, numbered from 0, each holding `opening`.
 * Returns the bank, which the caller gives to bank_destroy; or NULL if count
 * is 0, if opening is negative, or if there is no memory.
 * The caller sees to it that count * opening fits into a long. */
struct bank *bank_create(size_t count, long opening);

/* Move `amount` from account `from` to account `to`, in one step.
 * Returns 0; EINVAL if there is no such account or amount is not positive;
 * ERANGE if `from` holds less than amount. On an error nothing has moved.
 * `from` may be `to`: the answer is the same, and nothing changes.
 * Never waits for money; it waits only for other calls that are on their way.
 * Threads: any number, in any direction. They never block one another for
 * good. */
int bank_transfer(struct bank *bank, size_t from, size_t to, long amount);

/* Read one account, which is never negative.
 * Returns 0 and writes *out_balance; or EINVAL if there is no such account.
 * Threads: any number, transfers included. */
int bank_balance(struct bank *bank, size_t account, long *out_balance);

/* Add up all accounts as they stand at one moment: no transfer is ever half
 * in the sum, so it is always count * opening.
 * Threads: any number, transfers included. */
long bank_total(struct bank *bank);

/* Move all the money of all accounts to account `to`, in one step.
 * Returns 0; or EINVAL if there is no such account (nothing has moved).
 * Threads: any number, transfers included. */
int bank_collect(struct bank *bank, size_t to);

/* Free the bank. No thread may be inside, or later enter, a bank call. */
void bank_destroy(struct bank *bank);

#endif
