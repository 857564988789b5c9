/* SPDX-License-Identifier: MIT */
/* Wrong: transfer() locks payer, then payee. Two transfers in opposite
 * directions each hold the lock the other wants; both take well under a
 * microsecond, so they seldom overlap. */
#include <pthread.h>
#include <stdio.h>

struct account {
    const char *owner;
    pthread_mutex_t lock; /* guards cents */
    long cents;
};

struct order {
    struct account *payer, *payee;
    long cents;
};

static struct account accounts[] = {
    {"ann", PTHREAD_MUTEX_INITIALIZER, 5000},
    {"bob", PTHREAD_MUTEX_INITIALIZER, 2500},
};

static void transfer(const struct order *o)
{
    pthread_mutex_lock(&o->payer->lock);
    pthread_mutex_lock(&o->payee->lock);
    if (o->payer->cents >= o->cents) {
        o->payer->cents -= o->cents;
        o->payee->cents += o->cents;
    }
    pthread_mutex_unlock(&o->payee->lock);
    pthread_mutex_unlock(&o->payer->lock);
}

static void *teller(void *arg)
{
    transfer(arg);
    return NULL;
}

int main(void)
{
    struct order orders[] = {{&accounts[0], &accounts[1], 1000},
                             {&accounts[1], &accounts[0], 300}};
    pthread_t t[2];

    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, teller, &orders[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    for (int i = 0; i < 2; i++) {
        printf("%s %ld\n", accounts[i].owner, accounts[i].cents);
    }
    return 0;
}
