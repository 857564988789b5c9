/* SPDX-License-Identifier: MIT */
/* bench-locks.c - what `make bench` counts schedules with: four threads, two
 * hundred lock operations. */
#include <criterion/criterion.h>
#include <pthread.h>

enum { THREADS = 4, ROUNDS = 25 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int count; /* guarded by lock */

static void *add(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        count++;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

Test(bench, locks)
{
    pthread_t t[THREADS];

    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_create(&t[i], NULL, add, NULL), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_join(t[i], NULL), 0);
    }
    cr_assert_eq(count, THREADS * ROUNDS);
}
