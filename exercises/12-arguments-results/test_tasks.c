/* SPDX-License-Identifier: MIT */
/* test_tasks.c - what exercise 12 must do, case by case.
 *
 * Tasks note their runs in a tally under its lock. What tasks touch is static,
 * so that even a task nobody waited for has a place to write to. */
#include "tasks.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <threadlab.h>

#define MAX_INDEX 8

static struct {
    pthread_mutex_t lock;    /* guards every field below */
    pthread_cond_t all_here; /* broadcast: one more has arrived */
    size_t expected;         /* how many calls meet */
    size_t arrived;          /* how many came to the meeting so far */
    size_t runs[MAX_INDEX];  /* how often each index ran */
    size_t wrong;            /* calls with a wrong index or argument */
} tally = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .all_here = PTHREAD_COND_INITIALIZER,
};

/* What a task is given: who it must be, and what it has to answer. */
struct order {
    size_t index;
    void *answer;
};

static int answers[MAX_INDEX]; /* only their addresses matter */

static struct order orders[] = {
    {0, &answers[0]},
    {1, &answers[1]},
    {2, NULL}, /* a result like any other */
    {3, &answers[3]},
};
static void *const args[] = {&orders[0], &orders[1], &orders[2], &orders[3]};
static void *results[MAX_INDEX];
static long numbers[MAX_INDEX];

static void note_run(size_t index, bool right)
{
    pthread_mutex_lock(&tally.lock);
    if (!right || index >= MAX_INDEX) {
        tally.wrong++;
    } else {
        tally.runs[index]++;
    }
    pthread_mutex_unlock(&tally.lock);
}

static void meet(void)
{
    pthread_mutex_lock(&tally.lock);
    tally.arrived++;
    pthread_cond_broadcast(&tally.all_here);
    while (tally.arrived < tally.expected) {
        pthread_cond_wait(&tally.all_here, &tally.lock);
    }
    pthread_mutex_unlock(&tally.lock);
}

static void *take_order(size_t index, void *arg)
{
    const struct order *order = arg;

    note_run(index, order != NULL && order->index == index);
    return order == NULL ? NULL : order->answer;
}

static void *take_order_together(size_t index, void *arg)
{
    meet();
    return take_order(index, arg);
}

static void *take_nothing(size_t index, void *arg)
{
    note_run(index, arg == NULL);
    return &answers[0];
}

/* The number for an index: some base, plus ten for each step. */
static long number(size_t index, void *arg)
{
    const long *base = arg;

    note_run(index, base != NULL);
    return base == NULL ? 0 : *base + 10 * (long)index;
}

static long number_together(size_t index, void *arg)
{
    meet();
    return number(index, arg);
}

/* Each index below `n` ran once, no other ran, and all had what is theirs. */
static void assert_each_ran_once(size_t n)
{
    size_t runs[MAX_INDEX];
    size_t wrong = 0;

    pthread_mutex_lock(&tally.lock);
    for (size_t i = 0; i < MAX_INDEX; i++) {
        runs[i] = tally.runs[i];
        tally.runs[i] = 0;
    }
    wrong = tally.wrong;
    pthread_mutex_unlock(&tally.lock);

    cr_assert_eq(wrong, 0, "%zu calls had a wrong index or argument", wrong);
    for (size_t i = 0; i < MAX_INDEX; i++) {
        cr_assert_eq(runs[i], i < n ? 1 : 0, "index %zu ran %zu times", i,
                     runs[i]);
    }
}

static void assert_results(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(results[i], orders[i].answer,
                     "results[%zu] is not what task %zu returned", i, i);
    }
}

static void assert_filled(size_t n_threads, size_t count)
{
    static long base = 7;

    for (size_t i = 0; i < MAX_INDEX; i++) {
        numbers[i] = -1;
    }
    cr_assert_eq(tasks_fill(n_threads, count, number, &base, numbers), 0);
    assert_each_ran_once(count);
    for (size_t i = 0; i < MAX_INDEX; i++) {
        cr_assert_eq(numbers[i], i < count ? base + 10 * (long)i : -1,
                     "%zu threads, count %zu: results[%zu] is %ld", n_threads,
                     count, i, numbers[i]);
    }
}

Test(tasks, each_task_has_its_own_argument_and_result, .timeout = 20.0)
{
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 4; i++) {
            results[i] = &results;
        }
        cr_assert_eq(tasks_call(4, take_order, args, results), 0);
        assert_each_ran_once(4);
        assert_results(4);
    }
    cr_assert_eq(tasks_call(0, take_order, args, results), 0);
    assert_each_ran_once(0);
}

Test(tasks, all_tasks_run_at_the_same_time, .timeout = 20.0)
{
    tally.expected = 3;
    cr_assert_eq(tasks_call(3, take_order_together, args, results), 0);
    assert_each_ran_once(3);
    assert_results(3);
}

Test(tasks, arguments_and_results_may_be_left_out, .timeout = 20.0)
{
    cr_assert_eq(tasks_call(2, take_nothing, NULL, results), 0);
    assert_each_ran_once(2);
    cr_assert_eq(results[0], &answers[0]);
    cr_assert_eq(results[1], &answers[0]);

    cr_assert_eq(tasks_call(3, take_order, args, NULL), 0);
    assert_each_ran_once(3);
}

Test(tasks, a_task_that_cannot_start_has_no_result, .timeout = 20.0)
{
    int rc = 0;

    for (size_t i = 0; i < 4; i++) {
        results[i] = &results;
    }
    tl_fail_create(2);
    rc = tasks_call(4, take_order, args, results);
    tl_fail_create(-1);
    cr_assert_eq(rc, EAGAIN, "the error of pthread_create was not returned");
    assert_each_ran_once(2);
    assert_results(2);
    cr_assert_eq(results[2], NULL, "task 2 did not run, yet has a result");
    cr_assert_eq(results[3], NULL, "task 3 did not run, yet has a result");
}

Test(tasks, fill_computes_every_result_once, .timeout = 20.0)
{
    static long base = 0;

    assert_filled(3, 7); /* shares cannot all be equal */
    assert_filled(4, 2); /* more threads than results */
    assert_filled(2, 0); /* nothing to do */
    assert_filled(1, 3);
    cr_assert_eq(tasks_fill(0, 3, number, &base, numbers), EINVAL);
    assert_each_ran_once(0);
}

Test(tasks, fill_keeps_all_its_threads_busy, .timeout = 20.0)
{
    static long base = 7;

    tally.expected = 4;
    cr_assert_eq(tasks_fill(4, 5, number_together, &base, numbers), 0);
    assert_each_ran_once(5);
    for (size_t i = 0; i < 5; i++) {
        cr_assert_eq(numbers[i], base + 10 * (long)i);
    }
}

Test(tasks, fill_reports_a_thread_that_cannot_start, .timeout = 20.0)
{
    static long base = 7;
    int rc = 0;

    tl_fail_create(1);
    rc = tasks_fill(3, 6, number, &base, numbers);
    tl_fail_create(-1);
    cr_assert_eq(rc, EAGAIN, "the error of pthread_create was not returned");
    pthread_mutex_lock(&tally.lock);
    for (size_t i = 0; i < MAX_INDEX; i++) {
        rc = tally.runs[i] > 1 || tally.wrong > 0 ? EINVAL : rc;
    }
    pthread_mutex_unlock(&tally.lock);
    cr_assert_eq(rc, EAGAIN, "an index was used twice or was out of range");
}
