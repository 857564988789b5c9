/* SPDX-License-Identifier: MIT */
/* cflags: -mcx16 */
/* Wrong: the store that says which reading is the latest, and how many there
 * were, is relaxed: it may be seen before the reading itself. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

struct latest {
    const int *reading;
    size_t count;
};

static _Atomic struct latest latest;
static int reading; /* published by `latest` */

static void *measure(void *unused)
{
    struct latest l = {&reading, 1};

    reading = 20;
    atomic_store_explicit(&latest, l, memory_order_relaxed);
    return unused;
}

static void *show(void *unused)
{
    struct latest l = atomic_load(&latest);

    if (l.count > 0) {
        assert(*l.reading == 20);
    }
    return unused;
}

int main(void)
{
    pthread_t sensor, display;

    pthread_create(&sensor, NULL, measure, NULL);
    pthread_create(&display, NULL, show, NULL);
    pthread_join(sensor, NULL);
    pthread_join(display, NULL);
    return 0;
}
