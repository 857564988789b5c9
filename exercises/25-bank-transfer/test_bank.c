/* SPDX-License-Identifier: MIT */
/* test_bank.c - what bank.h promises, tried by several customers at once.
 *
 * Movers are threads that repeat one transfer. They read nothing but their
 * own struct, and leave in it how often they were refused; the test's own
 * thread looks at it after joining them. */
#include "bank.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>

struct mover {
    pthread_t thread;
    struct bank *bank;
    size_t from;
    size_t to;
    long amount;
    int rounds;
    int refused; /* how many rounds returned something other than 0 */
    int last_rc;
};

static void *mover_main(void *arg)
{
    struct mover *m = arg;

    for (int i = 0; i < m->rounds; i++) {
        m->last_rc = bank_transfer(m->bank, m->from, m->to, m->amount);
        if (m->last_rc != 0) {
            m->refused++;
        }
    }
    return NULL;
}

static void start(struct mover movers[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int rc =
            pthread_create(&movers[i].thread, NULL, mover_main, &movers[i]);

        cr_assert_eq(rc, 0, "pthread_create: %d", rc);
    }
}

static void join(struct mover movers[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int rc = pthread_join(movers[i].thread, NULL);

        cr_assert_eq(rc, 0, "pthread_join: %d", rc);
    }
}

/* Call bank_transfer once in a thread of its own, which has ended when this
 * returns: whatever that call forgot to undo, nobody will undo any more. */
static int transfer_in_a_thread(struct bank *bank, size_t from, size_t to,
                                long amount)
{
    struct mover once = {
        .bank = bank, .from = from, .to = to, .amount = amount, .rounds = 1};

    start(&once, 1);
    join(&once, 1);
    return once.last_rc;
}

static long balance(struct bank *bank, size_t account)
{
    long value = -1;
    int rc = bank_balance(bank, account, &value);

    cr_assert_eq(rc, 0, "bank_balance(%zu) returned %d", account, rc);
    return value;
}

Test(bank, a_transfer_moves_the_amount, .timeout = 20.0)
{
    struct bank *bank = bank_create(2, 100);

    cr_assert_not_null(bank);
    cr_assert_eq(balance(bank, 0), 100);
    cr_assert_eq(balance(bank, 1), 100);
    cr_assert_eq(bank_transfer(bank, 0, 1, 30), 0);
    cr_assert_eq(balance(bank, 0), 70);
    cr_assert_eq(balance(bank, 1), 130);
    cr_assert_eq(bank_transfer(bank, 1, 0, 130), 0);
    cr_assert_eq(balance(bank, 0), 200);
    cr_assert_eq(balance(bank, 1), 0);
    cr_assert_eq(bank_total(bank), 200);
    bank_destroy(bank);
}

Test(bank, a_refused_call_changes_nothing, .timeout = 20.0)
{
    struct bank *bank = NULL;
    long value = 12345;

    cr_assert_null(bank_create(0, 100), "a bank without accounts");
    cr_assert_null(bank_create(2, -1), "accounts that open overdrawn");
    bank = bank_create(2, 100);
    cr_assert_not_null(bank);

    cr_assert_eq(bank_transfer(bank, 0, 2, 10), EINVAL);
    cr_assert_eq(bank_transfer(bank, 2, 0, 10), EINVAL);
    cr_assert_eq(bank_transfer(bank, 0, 1, 0), EINVAL);
    cr_assert_eq(bank_transfer(bank, 0, 1, -10), EINVAL);
    cr_assert_eq(bank_balance(bank, 2, &value), EINVAL);
    cr_assert_eq(value, 12345, "out_balance is written only on success");
    cr_assert_eq(bank_collect(bank, 2), EINVAL);
    cr_assert_eq(transfer_in_a_thread(bank, 0, 1, 101), ERANGE);
    cr_assert_eq(transfer_in_a_thread(bank, 1, 0, 101), ERANGE);

    /* The bank goes on as if nothing had been asked. */
    cr_assert_eq(balance(bank, 0), 100);
    cr_assert_eq(balance(bank, 1), 100);
    cr_assert_eq(bank_transfer(bank, 0, 1, 100), 0);
    cr_assert_eq(balance(bank, 0), 0);
    cr_assert_eq(balance(bank, 1), 200);
    bank_destroy(bank);
}

Test(bank, an_account_may_pay_itself, .timeout = 20.0)
{
    struct bank *bank = bank_create(2, 100);

    cr_assert_not_null(bank);
    cr_assert_eq(bank_transfer(bank, 1, 1, 40), 0);
    cr_assert_eq(balance(bank, 1), 100);
    cr_assert_eq(transfer_in_a_thread(bank, 1, 1, 101), ERANGE);
    cr_assert_eq(bank_transfer(bank, 0, 0, 100), 0);
    cr_assert_eq(balance(bank, 0), 100);
    cr_assert_eq(bank_total(bank), 200);
    bank_destroy(bank);
}

Test(bank, opposite_transfers_both_finish, .timeout = 20.0)
{
    struct bank *bank = bank_create(2, 1000);
    struct mover movers[] = {
        {.bank = bank, .from = 0, .to = 1, .amount = 3, .rounds = 200},
        {.bank = bank, .from = 1, .to = 0, .amount = 2, .rounds = 200},
    };

    cr_assert_not_null(bank);
    start(movers, 2);
    join(movers, 2);
    cr_assert_eq(movers[0].refused, 0);
    cr_assert_eq(movers[1].refused, 0);
    cr_assert_eq(balance(bank, 0), 1000 - 600 + 400);
    cr_assert_eq(balance(bank, 1), 1000 + 600 - 400);
    bank_destroy(bank);
}

/* Two can be served only if both look before either has paid. */
Test(bank, an_account_is_never_overdrawn, .timeout = 20.0)
{
    for (int round = 0; round < 3; round++) {
        struct bank *bank = bank_create(2, 100);
        struct mover movers[] = {
            {.bank = bank, .from = 0, .to = 1, .amount = 60, .rounds = 1},
            {.bank = bank, .from = 0, .to = 1, .amount = 60, .rounds = 1},
            {.bank = bank, .from = 0, .to = 1, .amount = 60, .rounds = 1},
        };
        int served = 0;

        cr_assert_not_null(bank);
        start(movers, 3);
        join(movers, 3);
        for (size_t i = 0; i < 3; i++) {
            if (movers[i].last_rc == 0) {
                served++;
            } else {
                cr_assert_eq(movers[i].last_rc, ERANGE);
            }
        }
        cr_assert_eq(served, 1, "100 paid out 60 %d times", served);
        cr_assert_eq(balance(bank, 0), 40);
        cr_assert_eq(balance(bank, 1), 160);
        bank_destroy(bank);
    }
}

Test(bank, no_money_is_lost_on_the_way, .timeout = 20.0)
{
    struct bank *bank = bank_create(4, 1000);
    struct mover movers[] = {
        {.bank = bank, .from = 0, .to = 3, .amount = 2, .rounds = 200},
        {.bank = bank, .from = 3, .to = 1, .amount = 3, .rounds = 200},
    };
    long strange_total = 4000;
    long lowest = 1000;

    cr_assert_not_null(bank);
    start(movers, 2);
    for (int i = 0; i < 100; i++) {
        long total = bank_total(bank);
        long value = 0;

        if (total != 4000) {
            strange_total = total;
        }
        if (bank_balance(bank, 3, &value) != 0 || value < lowest) {
            lowest = value;
        }
    }
    join(movers, 2);
    cr_assert_eq(strange_total, 4000, "bank_total once said %ld, not 4000",
                 strange_total);
    cr_assert_geq(lowest, 1000 - 600, "bank_balance once said %ld", lowest);
    cr_assert_eq(movers[0].refused, 0);
    cr_assert_eq(movers[1].refused, 0);
    cr_assert_eq(balance(bank, 0), 1000 - 400);
    cr_assert_eq(balance(bank, 1), 1000 + 600);
    cr_assert_eq(balance(bank, 2), 1000);
    cr_assert_eq(balance(bank, 3), 1000 + 400 - 600);
    cr_assert_eq(bank_total(bank), 4000);
    bank_destroy(bank);
}

Test(bank, collect_moves_everything_at_once, .timeout = 20.0)
{
    struct bank *bank = bank_create(4, 1000);
    struct mover movers[] = {
        {.bank = bank, .from = 0, .to = 1, .amount = 1, .rounds = 100},
        {.bank = bank, .from = 0, .to = 3, .amount = 2, .rounds = 100},
    };
    int failed = 0;

    cr_assert_not_null(bank);
    start(movers, 2);
    for (int i = 0; i < 30; i++) {
        if (bank_collect(bank, 0) != 0 || bank_total(bank) != 4000) {
            failed++;
        }
    }
    join(movers, 2);
    cr_assert_eq(failed, 0);
    cr_assert_eq(movers[0].refused, 0, "account 0 always had enough");
    cr_assert_eq(movers[1].refused, 0, "account 0 always had enough");

    /* Closing time: the last account takes all, with nobody else around. */
    cr_assert_eq(bank_collect(bank, 3), 0);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(balance(bank, i), 0);
    }
    cr_assert_eq(balance(bank, 3), 4000);
    cr_assert_eq(bank_total(bank), 4000);
    bank_destroy(bank);
}
