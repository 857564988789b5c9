/* SPDX-License-Identifier: MIT */
/* Right: how many helpers main starts depends on who is faster, and it looks
 * for the result without ever going to sleep. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int done, started;

static void *help(void *unused)
{
    atomic_fetch_add(&started, 1);
    sched_yield();
    atomic_fetch_add(&done, 1);
    return unused;
}

int main(void)
{
    pthread_t helpers[4];
    int count = 0;

    while (count < 4 && atomic_load(&started) == 0) {
        pthread_create(&helpers[count++], NULL, help, NULL);
    }
    while (atomic_load(&done) < count) {
    }
    for (int i = 0; i < count; i++) {
        pthread_join(helpers[i], NULL);
    }
    return 0;
}
