/* SPDX-License-Identifier: MIT */
/* test_cache.c - what cache.h promises, in any order the threads may run.
 *
 * The values come from a `struct source`, which counts how often it is asked
 * for each key and can be told to fail, or to wait for company. Threads note
 * what they got in a struct of their own; the test looks at it after joining
 * them. */
#include "cache.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { KEYS = 8, THREADS = 3, UNTOUCHED = -7, FAR = 64, DEPTH = 70 };

struct source {
    struct cache *cache; /* constant while threads run, as is the next */
    int company;         /* a compute ends when so many have begun */

    pthread_mutex_t lock; /* guards the fields below */
    pthread_cond_t began; /* broadcast: begun rose */
    int begun;
    int calls[KEYS];
    int failures; /* so many calls are still to fail */
};

static long value_of(int key)
{
    return 1000 + key;
}

/* The value, unless this call is one of those that are to fail. */
static int draw(void *arg, int key, long *out_value)
{
    struct source *s = arg;
    int rc = 0;

    pthread_mutex_lock(&s->lock);
    s->calls[key]++;
    s->begun++;
    pthread_cond_broadcast(&s->began);
    if (s->failures > 0) {
        s->failures--;
        rc = EIO;
    }
    while (s->begun < s->company) {
        pthread_cond_wait(&s->began, &s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    if (rc == 0) {
        *out_value = value_of(key);
    }
    return rc;
}

/* A Fibonacci number, from the two below it, which the same cache knows. */
static int add_the_two_below(void *arg, int key, long *out_value)
{
    struct source *s = arg;
    long below[2] = {0, 0};
    int rc = 0;

    pthread_mutex_lock(&s->lock);
    s->calls[key]++;
    pthread_mutex_unlock(&s->lock);
    if (key < 2) {
        *out_value = key;
        return 0;
    }
    for (int i = 0; i < 2 && rc == 0; i++) {
        rc = cache_get_or_compute(s->cache, key - 1 - i, &below[i]);
    }
    *out_value = below[0] + below[1];
    return rc;
}

/* The value of 6 is one more than that of 5, which the same cache knows. */
static int draw_or_add_one(void *arg, int key, long *out_value)
{
    struct source *s = arg;
    long below = 0;
    int rc = 0;

    if (key != 6) {
        return draw(arg, key, out_value);
    }
    rc = cache_get_or_compute(s->cache, 5, &below);
    if (rc == 0) {
        *out_value = below + 1;
    }
    return rc;
}

static void open_source(struct source *s, size_t capacity,
                        cache_compute *compute)
{
    *s = (struct source){.company = 0};
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->began, NULL);
    s->cache = cache_create(capacity, compute, s);
    cr_assert_not_null(s->cache, "cache_create returned NULL");
}

static void close_source(struct source *s)
{
    cache_destroy(s->cache);
    pthread_cond_destroy(&s->began);
    pthread_mutex_destroy(&s->lock);
}

/* Asks for first_key, first_key + 1, ..., so many times. */
struct asker {
    pthread_t thread;
    struct cache *cache;
    int first_key;
    int times;
    int failed;      /* how many returned EIO */
    int wrong;       /* how many returned anything else but the value */
    size_t greatest; /* of the counts it saw */
};

static void *ask(void *arg)
{
    struct asker *a = arg;

    for (int i = 0; i < a->times; i++) {
        int key = (a->first_key + i) % KEYS;
        long value = UNTOUCHED;
        int rc = cache_get_or_compute(a->cache, key, &value);
        size_t count = cache_count(a->cache);

        if (rc == EIO) {
            a->failed++;
        }
        a->wrong += value != (rc == EIO ? UNTOUCHED : value_of(key));
        if (count > a->greatest) {
            a->greatest = count;
        }
    }
    return NULL;
}

static void start_asker(struct asker *a, struct source *s, int first_key,
                        int times)
{
    int rc = 0;

    *a = (struct asker){
        .cache = s->cache, .first_key = first_key, .times = times};
    rc = pthread_create(&a->thread, NULL, ask, a);
    cr_assert_eq(rc, 0, "pthread_create: %d", rc);
}

static void join_asker(struct asker *a)
{
    int rc = pthread_join(a->thread, NULL);

    cr_assert_eq(rc, 0, "pthread_join: %d", rc);
}

Test(cache, a_value_is_computed_once_and_kept, .timeout = 20.0)
{
    struct source s;
    long value = UNTOUCHED;

    cr_assert_null(cache_create(0, draw, NULL), "a cache for nothing");
    open_source(&s, 2, draw);
    cr_assert_eq(cache_count(s.cache), 0);
    cr_assert_eq(cache_peek(s.cache, 3, &value), ENOENT);
    s.failures = 1;
    cr_assert_eq(cache_get_or_compute(s.cache, 3, &value), EIO);
    cr_assert_eq(value, UNTOUCHED, "*out_value is written only on success");
    cr_assert_eq(cache_count(s.cache), 0, "a failure was kept");
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(cache_get_or_compute(s.cache, 3, &value), 0);
        cr_assert_eq(value, value_of(3));
    }
    cr_assert_eq(s.calls[3], 2, "one failure and one success: two calls");
    value = UNTOUCHED;
    cr_assert_eq(cache_peek(s.cache, 3, &value), 0);
    cr_assert_eq(value, value_of(3));
    cr_assert_eq(cache_count(s.cache), 1);
    close_source(&s);
}

Test(cache, the_first_kept_makes_room, .timeout = 20.0)
{
    struct source s;
    long value = 0;

    open_source(&s, 2, draw);
    for (int key = 0; key < 5; key++) {
        cr_assert_eq(cache_get_or_compute(s.cache, key, &value), 0);
        if (key > 0) {
            /* Asked for again, it is not younger than before. */
            cr_assert_eq(cache_get_or_compute(s.cache, key - 1, &value), 0);
            cr_assert_eq(value, value_of(key - 1));
        }
    }
    for (int key = 0; key < 5; key++) {
        cr_assert_eq(s.calls[key], 1, "key %d was computed again", key);
        cr_assert_eq(cache_peek(s.cache, key, &value), key < 3 ? ENOENT : 0,
                     "key %d", key);
    }
    cr_assert_eq(cache_count(s.cache), 2);
    close_source(&s);
}

Test(cache, threads_that_want_one_key_share_one_computation, .timeout = 20.0)
{
    struct source s;
    struct asker askers[THREADS];

    open_source(&s, KEYS, draw);
    for (int i = 0; i < THREADS; i++) {
        start_asker(&askers[i], &s, 0, 2 * KEYS);
    }
    for (int i = 0; i < THREADS; i++) {
        join_asker(&askers[i]);
        cr_assert_eq(askers[i].failed, 0);
        cr_assert_eq(askers[i].wrong, 0, "a call gave a wrong value");
    }
    for (int key = 0; key < KEYS; key++) {
        cr_assert_eq(s.calls[key], 1, "key %d was computed %d times", key,
                     s.calls[key]);
    }
    cr_assert_eq(cache_count(s.cache), KEYS);
    close_source(&s);
}

/* No computation ends before the other has begun. */
Test(cache, different_keys_are_computed_side_by_side, .timeout = 20.0)
{
    struct source s;
    struct asker askers[2];

    open_source(&s, 2, draw);
    s.company = 2;
    start_asker(&askers[0], &s, 0, 1);
    start_asker(&askers[1], &s, 1, 1);
    for (int i = 0; i < 2; i++) {
        join_asker(&askers[i]);
        cr_assert_eq(askers[i].wrong, 0, "a call gave a wrong value");
    }
    cr_assert_eq(cache_count(s.cache), 2);
    close_source(&s);
}

struct fibonacci {
    struct cache *cache;
    int key;
    long value;
};

static void *ask_for_fibonacci(void *arg)
{
    struct fibonacci *f = arg;

    if (cache_get_or_compute(f->cache, f->key, &f->value) != 0) {
        f->value = UNTOUCHED;
    }
    return NULL;
}

Test(cache, a_computation_may_ask_for_other_keys, .timeout = 20.0)
{
    static const long expected[KEYS] = {0, 1, 1, 2, 3, 5, 8, 13};
    struct source s;
    struct fibonacci f[2];
    pthread_t threads[2];

    open_source(&s, KEYS, add_the_two_below);
    for (int i = 0; i < 2; i++) {
        f[i] = (struct fibonacci){s.cache, KEYS - 1 - i, 0};
        cr_assert_eq(
            pthread_create(&threads[i], NULL, ask_for_fibonacci, &f[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        cr_assert_eq(f[i].value, expected[f[i].key]);
    }
    for (int key = 0; key < KEYS; key++) {
        cr_assert_eq(s.calls[key], 1, "key %d was computed %d times", key,
                     s.calls[key]);
    }
    close_source(&s);
}

/* The first computation fails, and only its own caller hears of it. */
Test(cache, after_a_failure_the_next_one_tries, .timeout = 20.0)
{
    struct source s;
    struct asker askers[THREADS];
    int failed = 0;

    open_source(&s, 1, draw);
    s.failures = 1;
    for (int i = 0; i < THREADS; i++) {
        start_asker(&askers[i], &s, 5, 1);
    }
    for (int i = 0; i < THREADS; i++) {
        join_asker(&askers[i]);
        failed += askers[i].failed;
        cr_assert_eq(askers[i].wrong, 0, "a call gave a wrong value");
    }
    cr_assert_eq(failed, 1, "one failure, and %d calls returned it", failed);
    cr_assert_eq(s.calls[5], 2);
    cr_assert_eq(cache_count(s.cache), 1);
    close_source(&s);
}

/* When the first computation of 5 fails, one may wait for 5, in order to
 * compute 6, and one for 6. The news is for the one who waits for 5. */
Test(cache, a_failure_wakes_whoever_waits_for_that_key, .timeout = 20.0)
{
    static const int keys[THREADS] = {5, 6, 6};
    struct source s;
    struct asker askers[THREADS];
    int failed = 0;

    open_source(&s, KEYS, draw_or_add_one);
    s.failures = 1;
    for (int i = 0; i < THREADS; i++) {
        start_asker(&askers[i], &s, keys[i], 1);
    }
    for (int i = 0; i < THREADS; i++) {
        join_asker(&askers[i]);
        failed += askers[i].failed;
        cr_assert_eq(askers[i].wrong, 0, "a call gave a wrong value");
    }
    cr_assert_eq(failed, 1, "one failure, and %d calls returned it", failed);
    close_source(&s);
}

Test(cache, a_full_cache_grows_no_further, .timeout = 20.0)
{
    struct source s;
    struct asker askers[THREADS];

    open_source(&s, 2, draw);
    for (int i = 0; i < THREADS; i++) {
        start_asker(&askers[i], &s, 2 * i, 6);
    }
    for (int i = 0; i < THREADS; i++) {
        join_asker(&askers[i]);
        cr_assert_eq(askers[i].wrong, 0, "a call gave a wrong value");
        cr_assert_leq(askers[i].greatest, 2, "a cache for 2 had %zu values",
                      askers[i].greatest);
    }
    cr_assert_eq(cache_count(s.cache), 2);
    close_source(&s);
}

/* Keys that are far apart, and equal modulo 8, 16 or 64. */
static int draw_far_apart(void *arg, int key, long *out_value)
{
    return draw(arg, key / FAR, out_value);
}

/* No computation ends before all have begun. */
Test(cache, keys_far_apart_are_different_keys, .timeout = 20.0)
{
    struct source s;
    struct fibonacci f[THREADS];
    pthread_t threads[THREADS];

    open_source(&s, THREADS, draw_far_apart);
    s.company = THREADS;
    for (int i = 0; i < THREADS; i++) {
        f[i] = (struct fibonacci){s.cache, i * FAR, 0};
        cr_assert_eq(
            pthread_create(&threads[i], NULL, ask_for_fibonacci, &f[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        cr_assert_eq(f[i].value, value_of(i));
    }
    cr_assert_eq(cache_count(s.cache), THREADS);
    close_source(&s);
}

/* One more than the value of the key below, which the same cache knows. */
static int count_from_0(void *arg, int key, long *out_value)
{
    const struct source *s = arg;
    long below = -1;
    int rc = key == 0 ? 0 : cache_get_or_compute(s->cache, key - 1, &below);

    *out_value = below + 1;
    return rc;
}

Test(cache, many_keys_may_be_in_progress, .timeout = 20.0)
{
    struct source s;
    long value = UNTOUCHED;

    open_source(&s, 1, count_from_0);
    cr_assert_eq(cache_get_or_compute(s.cache, DEPTH, &value), 0);
    cr_assert_eq(value, DEPTH);
    close_source(&s);
}

Test(cache, a_failure_costs_no_value, .timeout = 20.0)
{
    struct source s;
    long value = UNTOUCHED;

    open_source(&s, 2, draw);
    cr_assert_eq(cache_get_or_compute(s.cache, 0, &value), 0);
    cr_assert_eq(cache_get_or_compute(s.cache, 1, &value), 0);
    s.failures = 1;
    cr_assert_eq(cache_get_or_compute(s.cache, 2, &value), EIO);
    cr_assert_eq(cache_count(s.cache), 2, "a failure took a value away");
    for (int key = 0; key < 2; key++) {
        cr_assert_eq(cache_peek(s.cache, key, &value), 0, "key %d", key);
        cr_assert_eq(value, value_of(key));
    }
    close_source(&s);
}
