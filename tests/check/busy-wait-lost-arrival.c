/* SPDX-License-Identifier: MIT */
/* Wrong: two threads meet by counting themselves, but the count is loaded
 * and stored in two steps. If they overlap one arrival is lost, and both
 * spin for a second one for ever. Started one by one, they do not overlap. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

static atomic_int arrived;

static void *meet(void *unused)
{
    int before = atomic_load(&arrived);

    atomic_store(&arrived, before + 1);
    while (atomic_load(&arrived) < 2) {
        sched_yield();
    }
    return unused;
}

int main(void)
{
    pthread_t t[2];

    for (int i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, meet, NULL);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    puts("met");
    return 0;
}
