/* SPDX-License-Identifier: MIT */
/* cflags: -mcx16 */
/* Right: a sum and how many it is of are one atomic of 16 bytes, so nobody ever
 * sees the one without the other. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

enum { RATERS = 2, STARS = 4 };

struct rating {
    long sum, count;
};

static _Atomic struct rating rating;

static void *rate(void *unused)
{
    struct rating old = atomic_load(&rating), new;

    do {
        new = (struct rating){old.sum + STARS, old.count + 1};
    } while (!atomic_compare_exchange_strong(&rating, &old, new));
    return unused;
}

static void *show(void *unused)
{
    struct rating r = atomic_load(&rating);

    assert(r.sum == STARS * r.count);
    return unused;
}

int main(void)
{
    pthread_t raters[RATERS], display;
    struct rating r, none = {0, 0};

    pthread_create(&display, NULL, show, NULL);
    for (int i = 0; i < RATERS; i++) {
        pthread_create(&raters[i], NULL, rate, NULL);
    }
    for (int i = 0; i < RATERS; i++) {
        pthread_join(raters[i], NULL);
    }
    pthread_join(display, NULL);
    r = atomic_exchange(&rating, none);
    assert(r.count == RATERS);
    return 0;
}
