/* SPDX-License-Identifier: MIT */
/* Wrong: three threads stand for leader, and each tries once, with the weak
 * compare-exchange. That one may fail although the place is free; if it does
 * so for everybody, there is no leader. On x86 it never does. The strong one
 * is meant for a single try. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define CANDIDATES 3
#define NOBODY     0

static atomic_int leader = NOBODY;

static bool stand(int me)
{
    int nobody = NOBODY;

    return atomic_compare_exchange_weak(&leader, &nobody, me);
}

struct candidate {
    int number;
    bool elected;
};

static void *candidate(void *arg)
{
    struct candidate *c = arg;

    c->elected = stand(c->number);
    return NULL;
}

int main(void)
{
    struct candidate c[CANDIDATES];
    pthread_t t[CANDIDATES];
    int elected = 0;

    for (int i = 0; i < CANDIDATES; i++) {
        c[i] = (struct candidate){.number = i + 1};
        pthread_create(&t[i], NULL, candidate, &c[i]);
    }
    for (int i = 0; i < CANDIDATES; i++) {
        pthread_join(t[i], NULL);
        elected += c[i].elected;
    }
    printf("%d leader\n", elected);
    assert(elected == 1);
    return 0;
}
