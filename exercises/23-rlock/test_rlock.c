/* SPDX-License-Identifier: MIT */
/* test_rlock.c - what rlock.h promises: re-entrancy, exclusion, one step.
 *
 * Threads note in their own struct what they were answered; the test's own
 * thread looks at it after joining them. */
#include "rlock.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>

enum { THREADS = 3, TRIES = 20 };

static void start(pthread_t *thread, void *(*run)(void *), void *arg)
{
    int rc = pthread_create(thread, NULL, run, arg);

    cr_assert_eq(rc, 0, "pthread_create: %d", rc);
}

static void join(pthread_t thread)
{
    int rc = pthread_join(thread, NULL);

    cr_assert_eq(rc, 0, "pthread_join: %d", rc);
}

/* One call, made by a thread that has ended when this returns. */
struct call {
    int (*function)(struct rlock *);
    struct rlock *lock;
    int rc;
};

static void *call_main(void *arg)
{
    struct call *call = arg;

    call->rc = call->function(call->lock);
    return NULL;
}

static int call_in_a_thread(int (*function)(struct rlock *), struct rlock *lock)
{
    struct call call = {.function = function, .lock = lock, .rc = -1};
    pthread_t thread;

    start(&thread, call_main, &call);
    join(thread);
    return call.rc;
}

/* Take it and give it back: works only if nobody else holds it. */
static int borrow(struct rlock *lock)
{
    int rc = rlock_try_acquire(lock);

    return rc == 0 ? rlock_release(lock) : rc;
}

static int borrow_twice(struct rlock *lock)
{
    int rc = rlock_try_acquire(lock);

    if (rc == 0) {
        rc = borrow(lock);
        if (rlock_release(lock) != 0) {
            rc = -1;
        }
    }
    return rc;
}

Test(rlock, it_stays_with_its_owner_until_the_last_release, .timeout = 20.0)
{
    struct rlock *lock = rlock_create();

    cr_assert_not_null(lock);
    cr_assert_eq(rlock_acquire(lock), 0);
    cr_assert_eq(rlock_acquire(lock), 0);
    cr_assert_eq(rlock_try_acquire(lock), 0, "the owner need not wait");
    cr_assert_eq(call_in_a_thread(borrow, lock), EBUSY);
    cr_assert_eq(rlock_release(lock), 0);
    cr_assert_eq(call_in_a_thread(borrow, lock), EBUSY);
    cr_assert_eq(rlock_release(lock), 0);
    cr_assert_eq(call_in_a_thread(borrow, lock), EBUSY, "held once still");
    cr_assert_eq(rlock_release(lock), 0);
    cr_assert_eq(call_in_a_thread(borrow_twice, lock), 0, "free again");
    cr_assert_eq(rlock_acquire(lock), 0);
    cr_assert_eq(rlock_release(lock), 0);
    rlock_destroy(lock);
}

Test(rlock, only_the_owner_may_release, .timeout = 20.0)
{
    struct rlock *lock = rlock_create();

    cr_assert_not_null(lock);
    cr_assert_eq(rlock_release(lock), EPERM, "nobody has held it yet");
    cr_assert_eq(rlock_acquire(lock), 0);
    cr_assert_eq(call_in_a_thread(rlock_release, lock), EPERM);
    cr_assert_eq(call_in_a_thread(borrow, lock), EBUSY);
    cr_assert_eq(rlock_release(lock), 0);
    cr_assert_eq(rlock_release(lock), EPERM, "one release too many");
    cr_assert_eq(call_in_a_thread(rlock_release, lock), EPERM);
    cr_assert_eq(call_in_a_thread(borrow, lock), 0);
    rlock_destroy(lock);
}

/* Make the call while holding a lock that has nothing to do with it. */
static int holding_another(int (*function)(struct rlock *), struct rlock *lock)
{
    struct rlock *another = rlock_create();
    int rc = -1;

    if (another == NULL) {
        return -1;
    }
    if (rlock_acquire(another) == 0) {
        rc = function(lock);
        if (rlock_release(another) != 0) {
            rc = -1;
        }
    }
    rlock_destroy(another);
    return rc;
}

static int borrow_holding_another(struct rlock *lock)
{
    return holding_another(borrow, lock);
}

static int release_holding_another(struct rlock *lock)
{
    return holding_another(rlock_release, lock);
}

Test(rlock, a_hold_of_one_lock_is_none_of_another, .timeout = 20.0)
{
    struct rlock *lock = rlock_create();

    cr_assert_not_null(lock);
    cr_assert_eq(rlock_acquire(lock), 0);
    cr_assert_eq(call_in_a_thread(borrow_holding_another, lock), EBUSY,
                 "who held another lock did not get EBUSY for this one");
    cr_assert_eq(call_in_a_thread(release_holding_another, lock), EPERM,
                 "who held another lock did not get EPERM for this one");
    cr_assert_eq(rlock_release(lock), 0);
    cr_assert_eq(borrow_holding_another(lock), 0);
    rlock_destroy(lock);
}

/* Nested holds of several threads around one plain number. */
struct shared {
    struct rlock *lock;
    long number; /* guarded by lock */
};

struct nester {
    pthread_t thread;
    struct shared *shared;
    int rounds;
    int failed; /* calls that returned something other than 0 */
};

static void *nester_main(void *arg)
{
    struct nester *n = arg;

    for (int i = 0; i < n->rounds; i++) {
        n->failed += rlock_acquire(n->shared->lock) != 0;
        n->failed += rlock_acquire(n->shared->lock) != 0;
        n->shared->number++;
        n->failed += rlock_release(n->shared->lock) != 0;
        n->shared->number++; /* still ours */
        n->failed += rlock_release(n->shared->lock) != 0;
    }
    return NULL;
}

Test(rlock, nested_holds_shut_other_threads_out, .timeout = 20.0)
{
    struct shared shared = {.lock = rlock_create(), .number = 0};
    struct nester nesters[THREADS];

    cr_assert_not_null(shared.lock);
    for (int i = 0; i < THREADS; i++) {
        nesters[i] = (struct nester){.shared = &shared, .rounds = 100};
        start(&nesters[i].thread, nester_main, &nesters[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        join(nesters[i].thread);
    }
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(nesters[i].failed, 0);
    }
    cr_assert_eq(shared.number, THREADS * 100 * 2);
    rlock_destroy(shared.lock);
}

Test(rlock, everyone_who_waits_gets_it_in_the_end, .timeout = 20.0)
{
    struct shared shared = {.lock = rlock_create(), .number = 0};
    struct nester nesters[THREADS];

    cr_assert_not_null(shared.lock);
    cr_assert_eq(rlock_acquire(shared.lock), 0);
    cr_assert_eq(rlock_acquire(shared.lock), 0);
    for (int i = 0; i < THREADS; i++) {
        nesters[i] = (struct nester){.shared = &shared, .rounds = 1};
        start(&nesters[i].thread, nester_main, &nesters[i]);
    }
    shared.number++; /* while they come, or wait */
    cr_assert_eq(rlock_release(shared.lock), 0);
    shared.number++;
    cr_assert_eq(rlock_release(shared.lock), 0);
    for (int i = 0; i < THREADS; i++) {
        join(nesters[i].thread);
    }
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(nesters[i].failed, 0);
    }
    cr_assert_eq(shared.number, 2 + THREADS * 2);
    rlock_destroy(shared.lock);
}

Test(rlock, a_dictionary_keeps_what_it_is_given, .timeout = 20.0)
{
    struct safedict *dict = safedict_create();
    char key[32] = "";

    cr_assert_not_null(dict);
    cr_assert_eq(safedict_get(dict, "pear", 7), 7, "no value: the fallback");
    for (int i = 0; i < 20; i++) {
        snprintf(key, sizeof(key), "a-rather-long-name-%02d", i);
        cr_assert_eq(safedict_set(dict, key, i), 0);
    }
    for (int i = 0; i < 20; i++) {
        snprintf(key, sizeof(key), "a-rather-long-name-%02d", i);
        cr_assert_eq(safedict_get(dict, key, -1), i, "the value of %s", key);
    }
    cr_assert_eq(safedict_set(dict, key, -5), 0);
    cr_assert_eq(safedict_set(dict, key, -6), 0);
    cr_assert_eq(safedict_get(dict, key, 0), -6);

    cr_assert_eq(safedict_update_if_greater(dict, "new", -1), 0);
    cr_assert_eq(safedict_get(dict, "new", -9), -9, "-1 is not above 0");
    cr_assert_eq(safedict_update_if_greater(dict, "new", 3), 0);
    cr_assert_eq(safedict_update_if_greater(dict, "new", 2), 0);
    cr_assert_eq(safedict_update_if_greater(dict, "new", 3), 0);
    cr_assert_eq(safedict_get(dict, "new", -9), 3);
    cr_assert_eq(safedict_update_if_greater(dict, key, -1), 0);
    cr_assert_eq(safedict_get(dict, key, 0), -1);
    safedict_destroy(dict);
}

/* Threads that raise one value, and look that it never falls. */
struct raiser {
    pthread_t thread;
    struct safedict *dict;
    int first; /* raises to first, first + THREADS, ... */
    int failed;
    int falls;
};

static void *raiser_main(void *arg)
{
    struct raiser *r = arg;
    long seen = 0;

    for (int value = r->first; value <= 60; value += THREADS) {
        long now = 0;

        r->failed += safedict_update_if_greater(r->dict, "best", value) != 0;
        now = safedict_get(r->dict, "best", -1);
        if (now < seen || now < value) {
            r->falls++;
        }
        seen = now;
    }
    return NULL;
}

Test(rlock, a_value_never_falls, .timeout = 20.0)
{
    struct safedict *dict = safedict_create();
    struct raiser raisers[THREADS];

    cr_assert_not_null(dict);
    for (int i = 0; i < THREADS; i++) {
        raisers[i] = (struct raiser){.dict = dict, .first = i + 1};
        start(&raisers[i].thread, raiser_main, &raisers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        join(raisers[i].thread);
    }
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(raisers[i].failed, 0);
        cr_assert_eq(raisers[i].falls, 0, "a greater value was overwritten");
    }
    cr_assert_eq(safedict_get(dict, "best", -1), 60);
    safedict_destroy(dict);
}

/* Threads that read and write one value under the dictionary's own lock. */
struct adder {
    pthread_t thread;
    struct safedict *dict;
    int failed;
};

static void *adder_main(void *arg)
{
    struct adder *a = arg;
    struct rlock *lock = safedict_lock(a->dict);

    for (int i = 0; i < 50; i++) {
        long sum = 0;

        a->failed += rlock_acquire(lock) != 0;
        sum = safedict_get(a->dict, "sum", 0);
        a->failed += safedict_set(a->dict, "sum", sum + 1) != 0;
        a->failed += rlock_release(lock) != 0;
        a->failed += safedict_update_if_greater(a->dict, "sum", 1) != 0;
    }
    return NULL;
}

Test(rlock, calls_under_one_hold_are_one_step, .timeout = 20.0)
{
    struct safedict *dict = safedict_create();
    struct adder adders[THREADS];

    cr_assert_not_null(dict);
    cr_assert_not_null(safedict_lock(dict));
    for (int i = 0; i < THREADS; i++) {
        adders[i] = (struct adder){.dict = dict};
        start(&adders[i].thread, adder_main, &adders[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        join(adders[i].thread);
    }
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(adders[i].failed, 0);
    }
    cr_assert_eq(safedict_get(dict, "sum", -1), THREADS * 50);
    safedict_destroy(dict);
}

/* A thread that tries again and again to get what another one holds. */
struct trier {
    pthread_t thread;
    struct rlock *lock;
    int refusals; /* how often it got EBUSY */
};

static void *trier_main(void *arg)
{
    struct trier *t = arg;

    for (int i = 0; i < TRIES; i++) {
        t->refusals += borrow(t->lock) == EBUSY;
    }
    return NULL;
}

/* Somebody may be inside a call at that moment; held is another matter. */
Test(rlock, the_owner_succeeds_while_others_try, .timeout = 20.0)
{
    struct rlock *lock = rlock_create();
    struct trier triers[2];
    int successes = 0;

    cr_assert_not_null(lock);
    cr_assert_eq(rlock_acquire(lock), 0);
    for (int i = 0; i < 2; i++) {
        triers[i] = (struct trier){.lock = lock};
        start(&triers[i].thread, trier_main, &triers[i]);
    }
    for (int i = 0; i < TRIES; i++) {
        successes += borrow(lock) == 0;
    }
    for (int i = 0; i < 2; i++) {
        join(triers[i].thread);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(triers[i].refusals, TRIES, "another thread got it");
    }
    cr_assert_eq(successes, TRIES, "the owner was told EBUSY");
    cr_assert_eq(rlock_release(lock), 0);
    rlock_destroy(lock);
}
