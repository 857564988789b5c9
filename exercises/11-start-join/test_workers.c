/* SPDX-License-Identifier: MIT */
/* test_workers.c - what exercise 11 must do, case by case.
 *
 * Workers note their runs in a tally under its lock. Tallies are static, so
 * that even a worker nobody waited for has a place to write to. */
#include "workers.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <threadlab.h>

#define MAX_INDEX 8

struct tally {
    pthread_mutex_t lock;    /* guards every field below */
    pthread_cond_t all_here; /* broadcast: one more has arrived */
    size_t expected;         /* how many workers meet */
    size_t arrived;          /* how many came to the meeting so far */
    size_t runs[MAX_INDEX];  /* how often each index ran */
    size_t strays;           /* runs with an index >= MAX_INDEX */
    size_t inner_failures;   /* calls made by workers that went wrong */
    size_t ends;             /* threads whose destructors have run */
};

#define TALLY_INITIALIZER                     \
    {                                         \
        .lock = PTHREAD_MUTEX_INITIALIZER,    \
        .all_here = PTHREAD_COND_INITIALIZER, \
    }

static struct tally tally = TALLY_INITIALIZER;
static struct tally inner = TALLY_INITIALIZER;

static void count_run_locked(struct tally *t, size_t index)
{
    if (index < MAX_INDEX) {
        t->runs[index]++;
    } else {
        t->strays++;
    }
}

static void count_run(size_t index, void *arg)
{
    struct tally *t = arg;

    pthread_mutex_lock(&t->lock);
    count_run_locked(t, index);
    pthread_mutex_unlock(&t->lock);
}

/* A worker that leaves only when all the others are there. */
static void meet(size_t index, void *arg)
{
    struct tally *t = arg;

    pthread_mutex_lock(&t->lock);
    count_run_locked(t, index);
    t->arrived++;
    pthread_cond_broadcast(&t->all_here);
    while (t->arrived < t->expected) {
        pthread_cond_wait(&t->all_here, &t->lock);
    }
    pthread_mutex_unlock(&t->lock);
}

/* A worker that meets the others and then runs two workers of its own, while
 * the others do the same; those note their runs in `inner`. */
static void meet_and_run_two_more(size_t index, void *arg)
{
    struct tally *t = arg;
    size_t started = 99;
    int rc = 0;

    meet(index, t);
    rc = workers_run(2, count_run, &inner, &started);

    pthread_mutex_lock(&t->lock);
    if (rc != 0 || started != 2) {
        t->inner_failures++;
    }
    pthread_mutex_unlock(&t->lock);
}

/* Every index below `n` ran `times` times and no other ran at all. */
static void assert_runs(struct tally *t, size_t n, size_t times)
{
    size_t runs[MAX_INDEX];
    size_t strays = 0;

    pthread_mutex_lock(&t->lock);
    for (size_t i = 0; i < MAX_INDEX; i++) {
        runs[i] = t->runs[i];
        t->runs[i] = 0;
    }
    strays = t->strays;
    pthread_mutex_unlock(&t->lock);

    for (size_t i = 0; i < MAX_INDEX; i++) {
        cr_assert_eq(runs[i], i < n ? times : 0,
                     "work(%zu) ran %zu times instead of %zu", i, runs[i],
                     i < n ? times : 0);
    }
    cr_assert_eq(strays, 0, "work was given an index out of range");
}

Test(workers, every_index_runs_exactly_once, .timeout = 20.0)
{
    for (int round = 0; round < 5; round++) {
        size_t started = 99;

        cr_assert_eq(workers_run(3, count_run, &tally, &started), 0);
        cr_assert_eq(started, 3);
        assert_runs(&tally, 3, 1);
    }
}

Test(workers, all_workers_run_at_the_same_time, .timeout = 20.0)
{
    size_t started = 99;

    tally.expected = 3;
    cr_assert_eq(workers_run(3, meet, &tally, &started), 0);
    cr_assert_eq(started, 3);
    assert_runs(&tally, 3, 1);
}

Test(workers, nothing_to_run_is_no_error, .timeout = 20.0)
{
    size_t started = 99;

    cr_assert_eq(workers_run(0, count_run, &tally, &started), 0);
    cr_assert_eq(started, 0);
    assert_runs(&tally, 0, 0);
}

Test(workers, the_count_of_the_started_may_be_left_out, .timeout = 20.0)
{
    cr_assert_eq(workers_run(2, count_run, &tally, NULL), 0);
    assert_runs(&tally, 2, 1);
}

Test(workers, a_failed_start_still_waits_for_the_started, .timeout = 20.0)
{
    size_t started = 99;
    int rc = 0;

    tl_fail_create(2);
    rc = workers_run(4, count_run, &tally, &started);
    tl_fail_create(-1);
    cr_assert_eq(rc, EAGAIN, "the error of pthread_create was not returned");
    cr_assert_eq(started, 2);
    assert_runs(&tally, 2, 1);
}

Test(workers, a_failed_first_start_runs_nothing, .timeout = 20.0)
{
    size_t started = 99;
    int rc = 0;

    tl_fail_create(0);
    rc = workers_run(3, count_run, &tally, &started);
    tl_fail_create(-1);
    cr_assert_eq(rc, EAGAIN, "the error of pthread_create was not returned");
    cr_assert_eq(started, 0);
    assert_runs(&tally, 0, 0);
}

Test(workers, workers_may_run_workers_of_their_own, .timeout = 20.0)
{
    size_t started = 99;

    tally.expected = 2;
    cr_assert_eq(workers_run(2, meet_and_run_two_more, &tally, &started), 0);
    cr_assert_eq(started, 2);
    assert_runs(&tally, 2, 1);
    assert_runs(&inner, 2, 2);
    pthread_mutex_lock(&tally.lock);
    started = tally.inner_failures;
    pthread_mutex_unlock(&tally.lock);
    cr_assert_eq(started, 0, "workers_run failed when called by a worker");
}

static pthread_key_t last_step;

/* The last that a thread does: it comes after work has returned. */
static void count_end(void *value)
{
    struct tally *t = value;

    pthread_mutex_lock(&t->lock);
    t->ends++;
    pthread_mutex_unlock(&t->lock);
}

static void leave_a_last_step(size_t index, void *arg)
{
    count_run(index, arg);
    pthread_setspecific(last_step, arg);
}

Test(workers, a_worker_has_ended_with_its_last_step, .timeout = 20.0)
{
    size_t ends = 0;

    cr_assert_eq(pthread_key_create(&last_step, count_end), 0);
    cr_assert_eq(workers_run(3, leave_a_last_step, &tally, NULL), 0);
    pthread_mutex_lock(&tally.lock);
    ends = tally.ends;
    pthread_mutex_unlock(&tally.lock);
    cr_assert_eq(ends, 3, "%zu of 3 threads had run their destructors", ends);
    assert_runs(&tally, 3, 1);
    cr_assert_eq(pthread_key_delete(last_step), 0);
}
