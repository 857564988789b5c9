/* SPDX-License-Identifier: MIT */
/* Right: a place for one message, filled and emptied by atomic exchange.
 * Each message comes out of it exactly once, to whoever gets the pointer:
 * the consumer, the producer that replaces it, or main in the end. Putting
 * in releases and taking out acquires, so its new owner may read and free. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define MESSAGES 3
#define LOOKS    3

struct message {
    int number, square;
};

static _Atomic(struct message *) place;
static atomic_int seen; /* messages read or thrown away */

static void dispose(struct message *m)
{
    if (m != NULL) {
        assert(m->square == m->number * m->number);
        atomic_fetch_add_explicit(&seen, 1, memory_order_relaxed);
        free(m);
    }
}

static void *producer(void *unused)
{
    for (int i = 1; i <= MESSAGES; i++) {
        struct message *m = malloc(sizeof(*m));

        if (m == NULL) {
            abort();
        }
        m->number = i;
        m->square = i * i;
        dispose(atomic_exchange_explicit(&place, m, memory_order_acq_rel));
    }
    return unused;
}

static void *consumer(void *unused)
{
    for (int i = 0; i < LOOKS; i++) {
        dispose(atomic_exchange_explicit(&place, NULL, memory_order_acquire));
        sched_yield();
    }
    return unused;
}

int main(void)
{
    pthread_t p, c;

    pthread_create(&p, NULL, producer, NULL);
    pthread_create(&c, NULL, consumer, NULL);
    pthread_join(p, NULL);
    pthread_join(c, NULL);
    dispose(atomic_load(&place));
    printf("%d messages\n", atomic_load(&seen));
    assert(atomic_load(&seen) == MESSAGES);
    return 0;
}
