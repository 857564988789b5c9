/* SPDX-License-Identifier: MIT */
/* Right: a ticket lock. Which ticket one draws needs no order, so that is
 * relaxed; being served acquires what the last holder released, so the lock
 * orders plain data. Only the holder changes `serving`. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#define WORKERS 3
#define ROUNDS  2

struct ticket_lock {
    atomic_uint next;    /* the ticket to draw */
    atomic_uint serving; /* the ticket that holds the lock */
};

static struct ticket_lock lock;
static int sold, income; /* guarded by lock */

static void ticket_lock(struct ticket_lock *l)
{
    unsigned mine =
        atomic_fetch_add_explicit(&l->next, 1, memory_order_relaxed);

    while (atomic_load_explicit(&l->serving, memory_order_acquire) != mine) {
        sched_yield();
    }
}

static void ticket_unlock(struct ticket_lock *l)
{
    unsigned mine = atomic_load_explicit(&l->serving, memory_order_relaxed);

    atomic_store_explicit(&l->serving, mine + 1, memory_order_release);
}

static void *sell(void *price)
{
    for (int i = 0; i < ROUNDS; i++) {
        ticket_lock(&lock);
        sold++;
        income += *(const int *)price;
        ticket_unlock(&lock);
    }
    return NULL;
}

int main(void)
{
    int price[WORKERS] = {1, 10, 100};
    pthread_t t[WORKERS];

    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&t[i], NULL, sell, &price[i]);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%d sold for %d\n", sold, income);
    assert(sold == WORKERS * ROUNDS && income == 111 * ROUNDS);
    return 0;
}
