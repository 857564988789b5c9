/* SPDX-License-Identifier: MIT */
/* Wrong: a ticket is drawn by loading the number and storing the next one.
 * Both are atomic, the pair is not: two threads that load before either
 * stores draw the same ticket. atomic_fetch_add would do. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define CUSTOMERS 3

static atomic_int next_ticket;

static int draw(void)
{
    int mine = atomic_load(&next_ticket);

    atomic_store(&next_ticket, mine + 1);
    return mine;
}

static void *customer(void *arg)
{
    *(int *)arg = draw();
    return NULL;
}

int main(void)
{
    pthread_t t[CUSTOMERS];
    int ticket[CUSTOMERS];

    for (int i = 0; i < CUSTOMERS; i++) {
        pthread_create(&t[i], NULL, customer, &ticket[i]);
    }
    for (int i = 0; i < CUSTOMERS; i++) {
        pthread_join(t[i], NULL);
    }
    for (int i = 0; i < CUSTOMERS; i++) {
        for (int j = 0; j < i; j++) {
            assert(ticket[i] != ticket[j]);
        }
    }
    puts("everybody has a ticket");
    return 0;
}
