/* SPDX-License-Identifier: MIT */
/* Right: letters are pushed onto a lock-free stack, and the stack is only
 * ever taken as a whole, by an exchange; so no top can come back (no ABA).
 * Each push is a release and a read-modify-write: the taker's acquire of the
 * last one is ordered after all of them, by their release sequences. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define SENDERS 2
#define LETTERS 3

struct letter {
    struct letter *next;
    int stamp;
};

static _Atomic(struct letter *) box;

static void post(int stamp)
{
    struct letter *l = malloc(sizeof(*l));

    if (l == NULL) {
        abort();
    }
    l->stamp = stamp;
    l->next = atomic_load_explicit(&box, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(
        &box, &l->next, l, memory_order_release, memory_order_relaxed)) {
        /* l->next is the new top: try again */
    }
}

static int empty_box(int *sum)
{
    struct letter *l =
        atomic_exchange_explicit(&box, NULL, memory_order_acquire);
    int n = 0;

    while (l != NULL) {
        struct letter *next = l->next;

        *sum += l->stamp;
        free(l);
        l = next;
        n++;
    }
    return n;
}

static void *sender(void *stamp)
{
    for (int i = 0; i < LETTERS; i++) {
        post(*(const int *)stamp);
    }
    return NULL;
}

int main(void)
{
    int stamp[SENDERS] = {1, 10};
    pthread_t t[SENDERS];
    int got = 0, sum = 0;

    for (int i = 0; i < SENDERS; i++) {
        pthread_create(&t[i], NULL, sender, &stamp[i]);
    }
    while (got < SENDERS * LETTERS) {
        got += empty_box(&sum);
        sched_yield();
    }
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%d letters, %d\n", got, sum);
    assert(got == SENDERS * LETTERS && sum == 11 * LETTERS);
    return 0;
}
