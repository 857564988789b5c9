/* SPDX-License-Identifier: MIT */
/* test_map.c - what map.h promises, with one stripe and with several.
 *
 * Threads note what they saw in a struct of their own; the test looks at it
 * after joining them. The number of buckets is often no multiple of the number
 * of stripes: the contract allows any. */
#include "map.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "threadlab.h"

enum { THREADS = 3, UNTOUCHED = -7 };

static struct map *make(size_t buckets, size_t stripes)
{
    struct map *m = map_create(buckets, stripes);

    cr_assert_not_null(m, "map_create(%zu, %zu) returned NULL", buckets,
                       stripes);
    return m;
}

static long add_arg(void *arg, long value)
{
    const long *amount = arg;

    return value + *amount;
}

static int add(struct map *m, unsigned key, long amount)
{
    return map_update(m, key, add_arg, &amount);
}

/* The value of `key`, or UNTOUCHED if it is not there. */
static long value_of(struct map *m, unsigned key)
{
    long value = UNTOUCHED;
    int rc = map_get(m, key, &value);

    cr_assert(rc == 0 || rc == ENOENT, "map_get(%u) returned %d", key, rc);
    cr_assert(rc == 0 || value == UNTOUCHED, "*out_value is written only on 0");
    return value;
}

static void check_count(struct map *m, size_t expected)
{
    size_t count = map_count(m);

    cr_assert_eq(count, expected, "%zu keys, not %zu", count, expected);
}

static void start(pthread_t *thread, void *(*main_fn)(void *), void *arg)
{
    int rc = pthread_create(thread, NULL, main_fn, arg);

    cr_assert_eq(rc, 0, "pthread_create: %d", rc);
}

static void join(pthread_t thread)
{
    int rc = pthread_join(thread, NULL);

    cr_assert_eq(rc, 0, "pthread_join: %d", rc);
}

/* Moves from -> to, `rounds` times. */
struct mover {
    pthread_t thread;
    struct map *m;
    unsigned from;
    unsigned to;
    int rounds;
    int moved;
    int last_rc;
};

static void *move_main(void *arg)
{
    struct mover *v = arg;

    for (int i = 0; i < v->rounds; i++) {
        v->last_rc = map_move(v->m, v->from, v->to);
        v->moved += v->last_rc == 0;
    }
    return NULL;
}

static void start_mover(struct mover *v, struct map *m, unsigned from,
                        unsigned to, int rounds)
{
    *v = (struct mover){.m = m, .from = from, .to = to, .rounds = rounds};
    start(&v->thread, move_main, v);
}

/* The refused call is made in a thread that has ended when the test goes on:
 * what it did not unlock nobody will. */
static void refuse(struct map *m, unsigned from, unsigned to, int expected)
{
    struct mover once;

    start_mover(&once, m, from, to, 1);
    join(once.thread);
    cr_assert_eq(once.last_rc, expected, "map_move(%u, %u) returned %d", from,
                 to, once.last_rc);
}

static void try_all_calls(size_t buckets, size_t stripes)
{
    struct map *m = make(buckets, stripes);

    check_count(m, 0);
    cr_assert_eq(value_of(m, 3), UNTOUCHED);
    for (unsigned key = 0; key < 20; key++) {
        cr_assert_eq(add(m, key, 100 + (long)key), 0);
        cr_assert_eq(add(m, key, 1), 0);
        check_count(m, key + 1);
    }
    cr_assert_eq(map_grow(m, buckets + 9), 0);
    check_count(m, 20);
    for (unsigned key = 0; key < 20; key++) {
        cr_assert_eq(value_of(m, key), 101 + (long)key, "key %u", key);
    }
    for (unsigned key = 0; key < 18; key++) {
        cr_assert_eq(map_move(m, key, key + 0xffffff00U), 0, "key %u", key);
    }
    refuse(m, 18, 19, EEXIST);
    check_count(m, 20);
    cr_assert_eq(value_of(m, 3), UNTOUCHED);
    cr_assert_eq(value_of(m, 0xffffff03U), 104);
    cr_assert_eq(value_of(m, 19), 120, "a refused move changed something");
    cr_assert_eq(map_grow(m, 1), 0);
    cr_assert_eq(value_of(m, 18), 119);
    map_destroy(m);
}

Test(map, one_stripe_makes_a_map, .timeout = 20.0)
{
    cr_assert_null(map_create(0, 1), "no buckets");
    cr_assert_null(map_create(1, 0), "no stripes");
    try_all_calls(1, 1);
    try_all_calls(5, 1);
}

Test(map, several_stripes_make_the_same_map, .timeout = 20.0)
{
    try_all_calls(1, 3);
    try_all_calls(8, 4);
    try_all_calls(5, 2);
}

/* Adds 1 to each of the keys 0 .. keys - 1, `rounds` times, and looks. */
struct adder {
    pthread_t thread;
    struct map *m;
    unsigned keys;
    int rounds;
    int failed;
    int missed; /* so often it did not find at least what it had added */
};

static void *add_main(void *arg)
{
    struct adder *a = arg;

    for (int i = 0; i < a->rounds; i++) {
        for (unsigned key = 0; key < a->keys; key++) {
            long value = UNTOUCHED;

            a->failed += add(a->m, key, 1) != 0;
            map_get(a->m, key, &value);
            a->missed += value <= i;
        }
    }
    return NULL;
}

static void start_adders(struct adder adders[THREADS], struct map *m,
                         unsigned keys, int rounds)
{
    for (int i = 0; i < THREADS; i++) {
        adders[i] = (struct adder){.m = m, .keys = keys, .rounds = rounds};
        start(&adders[i].thread, add_main, &adders[i]);
    }
}

static void join_adders(struct adder adders[THREADS])
{
    for (int i = 0; i < THREADS; i++) {
        join(adders[i].thread);
        cr_assert_eq(adders[i].failed, 0, "an update was refused");
        cr_assert_eq(adders[i].missed, 0, "a get missed an update");
    }
}

static void assert_sums(struct map *m, unsigned keys, int rounds)
{
    check_count(m, keys);
    for (unsigned key = 0; key < keys; key++) {
        cr_assert_eq(value_of(m, key), (long)THREADS * rounds,
                     "key %u lost an update", key);
    }
}

Test(map, no_update_is_lost, .timeout = 20.0)
{
    static const size_t stripes[] = {1, 2};

    for (size_t i = 0; i < 2; i++) {
        struct map *m = make(3, stripes[i]);
        struct adder adders[THREADS];

        start_adders(adders, m, 4, 5);
        join_adders(adders);
        assert_sums(m, 4, 5);
        map_destroy(m);
    }
}

Test(map, growing_disturbs_nobody, .timeout = 20.0)
{
    struct map *m = make(1, 2);
    struct adder adders[THREADS];

    cr_assert_eq(add(m, 1000, 5), 0);
    cr_assert_eq(add(m, 1001, 6), 0);
    start_adders(adders, m, 4, 4);
    for (size_t buckets = 3; buckets < 20; buckets += 5) {
        cr_assert_eq(map_grow(m, buckets), 0);
        cr_assert_eq(value_of(m, 1000), 5);
        cr_assert_eq(value_of(m, 1001), 6);
    }
    join_adders(adders);
    cr_assert_eq(map_move(m, 1000, 4), 0);
    cr_assert_eq(map_move(m, 1001, 5), 0);
    check_count(m, 6);
    for (unsigned key = 0; key < 4; key++) {
        cr_assert_eq(value_of(m, key), THREADS * 4, "key %u", key);
    }
    map_destroy(m);
}

Test(map, a_move_is_one_step_in_both_directions, .timeout = 20.0)
{
    struct map *m = make(4, 4);
    struct mover movers[2];
    bool other_count = false;
    int moved = 0;

    cr_assert_eq(add(m, 1, 50), 0);
    start_mover(&movers[0], m, 1, 2, 10);
    start_mover(&movers[1], m, 2, 1, 10);
    for (int i = 0; i < 10; i++) {
        other_count = other_count || map_count(m) != 1;
    }
    for (int i = 0; i < 2; i++) {
        join(movers[i].thread);
    }
    cr_assert_not(other_count, "the one entry was counted twice, or not");
    moved = movers[0].moved - movers[1].moved;
    cr_assert(moved == 0 || moved == 1);
    cr_assert_eq(value_of(m, 1), moved == 0 ? 50 : UNTOUCHED);
    cr_assert_eq(value_of(m, 2), moved == 1 ? 50 : UNTOUCHED);
    map_destroy(m);
}

/* The keys 1, 2, 5 are of the stripes 1, 2, 1: what is in order among the keys
 * is not among the stripes. */
Test(map, a_move_may_go_round_in_a_circle, .timeout = 20.0)
{
    static const unsigned keys[THREADS] = {1, 2, 5};
    struct map *m = make(4, 4);
    struct mover movers[THREADS];
    int found = 0;

    cr_assert_eq(add(m, 1, 50), 0);
    for (int i = 0; i < THREADS; i++) {
        start_mover(&movers[i], m, keys[i], keys[(i + 1) % THREADS], 3);
    }
    for (int i = 0; i < THREADS; i++) {
        join(movers[i].thread);
    }
    check_count(m, 1);
    for (int i = 0; i < THREADS; i++) {
        found += value_of(m, keys[i]) == 50;
    }
    cr_assert_eq(found, 1, "the one entry is under %d keys", found);
    map_destroy(m);
}

Test(map, a_refused_move_leaves_all_as_it_was, .timeout = 20.0)
{
    struct map *m = make(4, 2);

    cr_assert_eq(add(m, 1, 11), 0);
    cr_assert_eq(add(m, 2, 22), 0);
    cr_assert_eq(add(m, 3, 33), 0);
    refuse(m, 1, 2, EEXIST);
    cr_assert_eq(value_of(m, 1), 11);
    refuse(m, 1, 3, EEXIST);
    cr_assert_eq(value_of(m, 3), 33);
    refuse(m, 2, 2, EEXIST);
    cr_assert_eq(value_of(m, 2), 22);
    refuse(m, 5, 2, ENOENT);
    refuse(m, 5, 5, ENOENT);
    check_count(m, 3);
    map_destroy(m);
}

static long count_calls(void *arg, long value)
{
    int *calls = arg;

    (*calls)++;
    return value + 1;
}

/* There is no memory after the first `after` pieces of it. */
static struct map *make_with(int after)
{
    struct map *m = NULL;

    tl_fail_malloc(after);
    m = map_create(5, 3);
    tl_fail_malloc(-1);
    return m;
}

static int update_with(int after, struct map *m, unsigned key, int *calls)
{
    int rc = 0;

    tl_fail_malloc(after);
    rc = map_update(m, key, count_calls, calls);
    tl_fail_malloc(-1);
    return rc;
}

static int grow_with(int after, struct map *m, size_t buckets)
{
    int rc = 0;

    tl_fail_malloc(after);
    rc = map_grow(m, buckets);
    tl_fail_malloc(-1);
    return rc;
}

Test(map, without_memory_nothing_changes, .timeout = 20.0)
{
    struct map *m = NULL;
    int calls = 0;
    int rc = ENOMEM;

    for (int after = 0; after < 20 && m == NULL; after++) {
        m = make_with(after);
    }
    cr_assert_not_null(m, "map_create(5, 3) returned NULL");
    for (unsigned key = 0; key < 6; key++) {
        cr_assert_eq(add(m, key, 10), 0);
    }
    rc = update_with(0, m, 8, &calls);
    if (rc == ENOMEM) {
        cr_assert_eq(calls, 0, "ENOMEM, and change was called all the same");
        cr_assert_eq(value_of(m, 8), UNTOUCHED, "ENOMEM, and a key came");
        check_count(m, 6);
        rc = update_with(-1, m, 8, &calls);
    }
    cr_assert_eq(rc, 0, "map_update returned %d", rc);
    cr_assert_eq(calls, 1, "change was called %d times", calls);
    cr_assert_eq(value_of(m, 8), 1);

    rc = ENOMEM;
    for (int after = 0; after < 20 && rc == ENOMEM; after++) {
        rc = grow_with(after, m, 50);
        cr_assert_eq(map_count(m), 7, "map_grow returned %d", rc);
        cr_assert_eq(value_of(m, 5), 10, "map_grow returned %d", rc);
    }
    cr_assert_eq(rc, 0, "map_grow returned %d", rc);
    map_destroy(m);
}

/* A change that lasts until the test has made changes elsewhere, and then a
 * little longer. */
struct patient {
    struct map *m;

    pthread_mutex_t lock;
    pthread_cond_t turned;
    bool other_is_done; /* guarded by lock */
};

static long wait_for_the_other(void *arg, long value)
{
    const struct timespec nap = {.tv_nsec = 10000000};
    struct patient *p = arg;

    pthread_mutex_lock(&p->lock);
    while (!p->other_is_done) {
        pthread_cond_wait(&p->turned, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    nanosleep(&nap, NULL);
    return value + 1;
}

static void *update_patiently(void *arg)
{
    struct patient *p = arg;

    map_update(p->m, 0, wait_for_the_other, p);
    return NULL;
}

Test(map, stripes_do_not_wait_for_one_another, .timeout = 20.0)
{
    struct patient p = {.m = make(2, 2)};
    pthread_t threads[2];
    long seen = 0;

    pthread_mutex_init(&p.lock, NULL);
    pthread_cond_init(&p.turned, NULL);
    cr_assert_eq(add(p.m, 3, 30), 0);
    start(&threads[0], update_patiently, &p);
    start(&threads[1], update_patiently, &p); /* same stripe: in turn */
    cr_assert_eq(add(p.m, 1, 10), 0);         /* another stripe */
    cr_assert_eq(map_move(p.m, 3, 5), 0);
    seen = value_of(p.m, 5);

    pthread_mutex_lock(&p.lock);
    p.other_is_done = true;
    pthread_cond_broadcast(&p.turned);
    pthread_mutex_unlock(&p.lock);
    join(threads[0]);
    join(threads[1]);
    cr_assert_eq(seen, 30);
    cr_assert_eq(value_of(p.m, 0), 2);
    check_count(p.m, 3);
    map_destroy(p.m);
    pthread_cond_destroy(&p.turned);
    pthread_mutex_destroy(&p.lock);
}
