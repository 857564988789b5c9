/* SPDX-License-Identifier: MIT */
/* Wrong: the worker follows an atomic pointer that main publishes only after
 * it has started the worker. No data race, but an early worker follows NULL.
 * New threads take long enough to start that it rarely happens. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

struct route {
    int length;
};

static struct route home = {12};
static _Atomic(struct route *) route;

static void *walk(void *steps)
{
    struct route *r = atomic_load(&route);

    *(int *)steps = r->length * 1000;
    return NULL;
}

int main(void)
{
    pthread_t t;
    int steps = 0;

    pthread_create(&t, NULL, walk, &steps);
    atomic_store(&route, &home);
    pthread_join(t, NULL);
    printf("%d steps\n", steps);
    return 0;
}
