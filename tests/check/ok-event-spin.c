/* SPDX-License-Identifier: MIT */
/* Right: an event that happens once. Its flag goes up with release and is
 * waited for with acquire, so what was written before event_signal is there
 * after event_wait, for each that waits. It never goes down again, so none
 * can miss it. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define WAITERS 2

struct event {
    atomic_bool happened;
};

static struct event settings_read;
static int threads_allowed; /* constant after settings_read */

static void event_signal(struct event *e)
{
    atomic_store_explicit(&e->happened, true, memory_order_release);
}

static void event_wait(struct event *e)
{
    while (!atomic_load_explicit(&e->happened, memory_order_acquire)) {
        sched_yield();
    }
}

static void *worker(void *unused)
{
    event_wait(&settings_read);
    assert(threads_allowed == 8);
    event_wait(&settings_read); /* still happened */
    return unused;
}

int main(void)
{
    pthread_t t[WAITERS];

    for (int i = 0; i < WAITERS; i++) {
        pthread_create(&t[i], NULL, worker, NULL);
    }
    threads_allowed = 8;
    event_signal(&settings_read);
    for (int i = 0; i < WAITERS; i++) {
        pthread_join(t[i], NULL);
    }
    printf("%d threads allowed\n", threads_allowed);
    return 0;
}
