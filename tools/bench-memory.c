/* SPDX-License-Identifier: MIT */
/* bench-memory.c - what `make bench` measures accesses and searches with. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>

static void run_threads(int count, void *(*fn)(void *))
{
    pthread_t t[4];

    for (long i = 0; i < count; i++) {
        cr_assert_eq(pthread_create(&t[i], NULL, fn, (void *)i), 0);
    }
    for (int i = 0; i < count; i++) {
        cr_assert_eq(pthread_join(t[i], NULL), 0);
    }
}

/* Four threads, four hundred accesses to what all of them share. */
static atomic_int shared;

static void *access_shared(void *unused)
{
    for (int i = 0; i < 50; i++) {
        atomic_load_explicit(&shared, memory_order_acquire);
        atomic_fetch_add(&shared, 1);
    }
    return unused;
}

Test(memory, shared)
{
    run_threads(4, access_shared);
    cr_assert_eq(shared, 200);
}

/* Two threads with three lock sections each: twenty orders. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int guarded;

static void *lock_thrice(void *unused)
{
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&lock);
        guarded++;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

Test(memory, sections)
{
    run_threads(2, lock_thrice);
    cr_assert_eq(guarded, 6);
}

/* Two threads that have nothing to do with one another. */
static pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER,
                                   PTHREAD_MUTEX_INITIALIZER};

static void *lock_own(void *arg)
{
    pthread_mutex_lock(&locks[(long)arg]);
    pthread_mutex_unlock(&locks[(long)arg]);
    return NULL;
}

Test(memory, independent)
{
    run_threads(2, lock_own);
}

/* A thread that computes: what a look at each access costs. */
static int numbers[20000];

static void *sieve(void *unused)
{
    enum { N = sizeof numbers / sizeof numbers[0] };

    for (int round = 0; round < 20; round++) {
        for (int i = 2; i < N; i++) {
            numbers[i] = 1;
        }
        for (int p = 2; p * p < N; p++) {
            for (int k = p * p; numbers[p] == 1 && k < N; k += p) {
                numbers[k] = 0;
            }
        }
    }
    return unused;
}

Test(memory, sieve)
{
    run_threads(1, sieve);
    cr_assert_eq(numbers[19997], 1);
}
