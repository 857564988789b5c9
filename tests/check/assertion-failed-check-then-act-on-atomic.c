/* SPDX-License-Identifier: MIT */
/* Wrong: the number of tickets is atomic, the decision to sell one is not:
 * it is loaded, compared and only then lowered. Two buyers can get the last
 * ticket; nothing here is a data race. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define BUYERS 3

static atomic_int tickets = 2;

static bool buy(void)
{
    if (atomic_load(&tickets) > 0) {
        atomic_fetch_sub(&tickets, 1);
        return true;
    }
    return false;
}

static void *buyer(void *arg)
{
    *(bool *)arg = buy();
    return NULL;
}

int main(void)
{
    pthread_t t[BUYERS];
    bool got[BUYERS];
    int sold = 0;

    for (int i = 0; i < BUYERS; i++) {
        pthread_create(&t[i], NULL, buyer, &got[i]);
    }
    for (int i = 0; i < BUYERS; i++) {
        pthread_join(t[i], NULL);
        sold += got[i];
    }
    printf("%d tickets sold\n", sold);
    assert(sold == 2);
    return 0;
}
