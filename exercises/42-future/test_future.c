/* SPDX-License-Identifier: MIT */
/* test_future.c - what future.h promises, to those who run a task, cancel it,
 * wait for it and want to be called.
 *
 * Threads note what they were told in their own struct; the test looks at it
 * after joining them. */
#include "future.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>

enum { UNTOUCHED = -7 };

/* What a task is told, and what it does: it counts its runs and hands out
 * `answer`, which it writes without a lock, or fails. */
struct work {
    struct future *future; /* for tasks that look at their own */
    int error;
    int answer;

    pthread_mutex_t lock; /* guards runs */
    int runs;
};

static struct work work_with(int error)
{
    return (struct work){
        .error = error, .answer = UNTOUCHED, .lock = PTHREAD_MUTEX_INITIALIZER};
}

static void count_run(struct work *w)
{
    pthread_mutex_lock(&w->lock);
    w->runs++;
    pthread_mutex_unlock(&w->lock);
}

static int runs_of(struct work *w)
{
    int runs = 0;

    pthread_mutex_lock(&w->lock);
    runs = w->runs;
    pthread_mutex_unlock(&w->lock);
    return runs;
}

static int answer_42(void *arg, void **out_value)
{
    struct work *w = arg;

    count_run(w);
    if (w->error != 0) {
        return w->error;
    }
    w->answer = 42;
    *out_value = &w->answer;
    return 0;
}

/* For tests where several threads try to run it: nothing but the count. */
static int answer_known(void *arg, void **out_value)
{
    static int known = 42;

    count_run(arg);
    *out_value = &known;
    return 0;
}

static int answer_nothing(void *arg, void **out_value)
{
    (void)out_value;
    count_run(arg);
    return 0;
}

/* One thread that runs, cancels or waits for a future. */
struct party {
    pthread_t thread;
    struct future *future;
    bool told;  /* what future_run or future_cancel returned */
    int rc;     /* what future_result returned */
    int answer; /* what its value pointed at */
};

static void *run_it(void *arg)
{
    struct party *p = arg;

    p->told = future_run(p->future);
    return NULL;
}

static void *cancel_it(void *arg)
{
    struct party *p = arg;

    p->told = future_cancel(p->future);
    return NULL;
}

static void *wait_for_it(void *arg)
{
    struct party *p = arg;
    void *value = NULL;

    p->answer = UNTOUCHED;
    p->rc = future_result(p->future, &value);
    if (p->rc == 0 && value != NULL) {
        p->answer = *(int *)value;
    }
    return NULL;
}

/* Ask for the result only when it is there. */
static void *look_for_it(void *arg)
{
    struct party *p = arg;

    for (int i = 0; i < 3 && !p->told; i++) {
        p->told = future_done(p->future);
    }
    if (p->told) {
        wait_for_it(p);
    }
    return NULL;
}

static void start(struct party *p, struct future *f, void *(*act)(void *arg))
{
    p->future = f;
    cr_assert_eq(pthread_create(&p->thread, NULL, act, p), 0);
}

static void join(struct party *p)
{
    cr_assert_eq(pthread_join(p->thread, NULL), 0);
}

Test(future, a_result_is_what_the_task_gave, .timeout = 20.0)
{
    struct work good = work_with(0);
    struct work bad = work_with(EDOM);
    struct work mute = work_with(0);
    struct future *fs[] = {future_create(answer_42, &good),
                           future_create(answer_42, &bad),
                           future_create(answer_nothing, &mute)};
    void *value = &bad;

    for (int i = 0; i < 3; i++) {
        cr_assert_not_null(fs[i]);
        cr_assert_not(future_done(fs[i]), "done before it has run");
        cr_assert(future_run(fs[i]));
        cr_assert(future_done(fs[i]));
        cr_assert_not(future_run(fs[i]), "ran twice");
        cr_assert_not(future_cancel(fs[i]), "cancelled when it was over");
    }
    for (int i = 0; i < 2; i++) { /* the answer stays the same */
        value = &bad;
        cr_assert_eq(future_result(fs[0], &value), 0);
        cr_assert_eq(value, &good.answer);
        cr_assert_eq(good.answer, 42);
        value = &bad;
        cr_assert_eq(future_result(fs[1], &value), EDOM);
        cr_assert_eq(value, &bad, "*out_value written though the task failed");
        cr_assert_eq(future_result(fs[2], &value), 0);
        cr_assert_null(value, "a value that the task did not write");
    }
    cr_assert_eq(runs_of(&good), 1);
    cr_assert_eq(runs_of(&bad), 1);
    cr_assert_eq(runs_of(&mute), 1);
    for (int i = 0; i < 3; i++) {
        future_destroy(fs[i]);
    }
}

Test(future, everybody_who_waits_gets_the_result, .timeout = 20.0)
{
    struct work w = work_with(0);
    struct future *f = future_create(answer_42, &w);
    struct party waiters[2];
    struct party looker = {.told = false};
    bool ran = false;

    cr_assert_not_null(f);
    for (int i = 0; i < 2; i++) {
        start(&waiters[i], f, wait_for_it);
    }
    start(&looker, f, look_for_it);
    ran = future_run(f);
    for (int i = 0; i < 2; i++) {
        join(&waiters[i]);
    }
    join(&looker);
    cr_assert(ran);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(waiters[i].rc, 0);
        cr_assert_eq(waiters[i].answer, 42);
    }
    if (looker.told) {
        cr_assert_eq(looker.rc, 0);
        cr_assert_eq(looker.answer, 42);
    }
    future_destroy(f);
}

Test(future, one_of_several_runners_runs_the_task, .timeout = 20.0)
{
    struct work w = work_with(0);
    struct future *f = future_create(answer_known, &w);
    struct party runners[3];
    struct party waiter;
    int ran = 0;

    cr_assert_not_null(f);
    start(&waiter, f, wait_for_it);
    for (int i = 0; i < 3; i++) {
        start(&runners[i], f, run_it);
    }
    for (int i = 0; i < 3; i++) {
        join(&runners[i]);
        ran += runners[i].told;
    }
    join(&waiter);
    cr_assert_eq(runs_of(&w), 1, "the task ran %d times", runs_of(&w));
    cr_assert_eq(ran, 1, "%d runners say that they ran it", ran);
    cr_assert_eq(waiter.rc, 0);
    cr_assert_eq(waiter.answer, 42);
    future_destroy(f);
}

static void note_call(struct future *f, void *arg)
{
    (void)f;
    (*(int *)arg)++;
}

Test(future, a_cancelled_task_never_runs, .timeout = 20.0)
{
    struct work w = work_with(0);
    struct future *f = future_create(answer_42, &w);
    struct party waiters[2];
    void *value = &w;
    bool cancelled = false;
    int calls[2] = {0, 0};

    cr_assert_not_null(f);
    cr_assert_eq(future_on_done(f, note_call, &calls[0]), 0);
    for (int i = 0; i < 2; i++) {
        start(&waiters[i], f, wait_for_it);
    }
    cancelled = future_cancel(f);
    for (int i = 0; i < 2; i++) {
        join(&waiters[i]);
    }
    cr_assert(cancelled);
    cr_assert_eq(calls[0], 1, "%d calls when it was cancelled", calls[0]);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(waiters[i].rc, ECANCELED);
    }
    cr_assert(future_done(f));
    cr_assert(future_cancel(f), "it is cancelled still");
    cr_assert_not(future_run(f));
    cr_assert_eq(future_result(f, &value), ECANCELED);
    cr_assert_eq(value, &w, "*out_value written though there is none");
    cr_assert_eq(future_on_done(f, note_call, &calls[1]), 0);
    cr_assert_eq(calls[1], 1, "%d calls after it was cancelled", calls[1]);
    cr_assert_eq(calls[0], 1, "%d calls when it was cancelled", calls[0]);
    cr_assert_eq(runs_of(&w), 0);
    future_destroy(f);
}

Test(future, to_run_and_to_cancel_exclude_each_other, .timeout = 20.0)
{
    struct work w = work_with(0);
    struct future *f = future_create(answer_known, &w);
    struct party runner;
    struct party cancellers[2];
    struct party waiter;

    cr_assert_not_null(f);
    start(&runner, f, run_it);
    start(&waiter, f, wait_for_it);
    for (int i = 0; i < 2; i++) {
        start(&cancellers[i], f, cancel_it);
    }
    join(&runner);
    join(&waiter);
    for (int i = 0; i < 2; i++) {
        join(&cancellers[i]);
        cr_assert_neq(cancellers[i].told, runner.told, "the future was %s",
                      runner.told ? "run, and cancelled as well"
                                  : "neither run nor cancelled");
    }
    cr_assert_eq(runs_of(&w), runner.told);
    cr_assert_eq(waiter.rc, runner.told ? 0 : ECANCELED);
    cr_assert_eq(waiter.answer, runner.told ? 42 : UNTOUCHED);
    future_destroy(f);
}

/* While the task runs, its own future is neither done nor to be cancelled. */
static int look_at_own_future(void *arg, void **out_value)
{
    struct work *w = arg;
    bool cancelled = future_cancel(w->future);
    bool done = future_done(w->future);
    bool ran = future_run(w->future);

    count_run(w);
    w->answer = cancelled || done || ran ? UNTOUCHED : 42;
    *out_value = &w->answer;
    return 0;
}

Test(future, a_running_task_is_left_alone, .timeout = 20.0)
{
    struct work w = work_with(0);
    struct party waiter;
    struct future *f = future_create(look_at_own_future, &w);
    bool ran = false;

    cr_assert_not_null(f);
    w.future = f;
    start(&waiter, f, wait_for_it);
    ran = future_run(f);
    join(&waiter);
    cr_assert(ran);
    cr_assert_eq(runs_of(&w), 1);
    cr_assert_eq(waiter.rc, 0);
    cr_assert_eq(waiter.answer, 42, "while it ran, it looked done");
    future_destroy(f);
}

/* The calls of one future write themselves into a list. */
enum { CALLS = 8 };

struct call_list {
    pthread_mutex_t lock; /* guards the fields below */
    int count;
    int order[2 * CALLS];
    int failed; /* calls that did not find the future done and usable */
};

struct call {
    struct call_list *list;
    int number;
    int nested; /* how often the call it asked for itself came */
};

static void write_call(struct future *f, void *arg)
{
    struct call *c = arg;
    struct call_list *list = c->list;
    void *value = NULL;
    bool good = future_result(f, &value) == 0 && *(int *)value == 42 &&
                future_done(f) && !future_cancel(f) &&
                future_on_done(f, note_call, &c->nested) == 0;

    pthread_mutex_lock(&list->lock);
    if (list->count < 2 * CALLS) {
        list->order[list->count] = c->number;
    }
    list->count++;
    list->failed += !good;
    pthread_mutex_unlock(&list->lock);
}

/* Ask for calls of even numbers before the run, of odd ones beside it. */
Test(future, each_call_is_made_once_and_early_ones_in_order, .timeout = 20.0)
{
    struct work w = work_with(0);
    struct call_list list = {.count = 0};
    struct call calls[CALLS];
    struct future *f = future_create(answer_42, &w);
    struct party runner;
    int times[CALLS] = {0};
    int last_even = -2;
    int refused = 0;

    cr_assert_not_null(f);
    pthread_mutex_init(&list.lock, NULL);
    for (int i = 0; i < CALLS; i++) {
        calls[i] = (struct call){.list = &list, .number = i};
    }
    for (int i = 0; i < CALLS; i += 2) {
        refused += future_on_done(f, write_call, &calls[i]) != 0;
    }
    start(&runner, f, run_it);
    for (int i = 1; i < CALLS; i += 2) {
        refused += future_on_done(f, write_call, &calls[i]) != 0;
    }
    join(&runner);
    cr_assert(runner.told);
    cr_assert_eq(refused, 0);
    cr_assert_leq(list.count, CALLS, "%d calls, %d asked for", list.count,
                  CALLS);
    for (int i = 0; i < list.count; i++) {
        int number = list.order[i];

        times[number]++;
        if (number % 2 == 0) {
            cr_assert_gt(number, last_even, "early calls in another order");
            last_even = number;
        }
    }
    for (int i = 0; i < CALLS; i++) {
        cr_assert_eq(times[i], 1, "call %d was made %d times", i, times[i]);
        cr_assert_eq(calls[i].nested, 1, "a call asked for in a call: %d",
                     calls[i].nested);
    }
    cr_assert_eq(list.failed, 0, "a call came before the future was done");
    future_destroy(f);
    pthread_mutex_destroy(&list.lock);
}

/* A call that waits until somebody else has the result. */
static void join_waiter(struct future *f, void *arg)
{
    (void)f;
    join(arg);
}

/* The future is done before its calls are made, so a waiter need not wait for
 * them. */
Test(future, who_waits_does_not_wait_for_the_calls, .timeout = 20.0)
{
    bool (*const ways[])(struct future *) = {future_run, future_cancel};
    const int results[] = {0, ECANCELED};

    for (int i = 0; i < 2; i++) {
        struct work w = work_with(0);
        struct future *f = future_create(answer_42, &w);
        struct party waiter;

        cr_assert_not_null(f);
        cr_assert_eq(future_on_done(f, join_waiter, &waiter), 0);
        start(&waiter, f, wait_for_it);
        cr_assert(ways[i](f));
        cr_assert_eq(waiter.rc, results[i]);
        future_destroy(f);
    }
}

Test(future, a_future_may_go_before_it_is_done, .timeout = 20.0)
{
    struct work w = work_with(0);
    struct future *f = future_create(answer_42, &w);
    int calls = 0;

    cr_assert_not_null(f);
    cr_assert_eq(future_on_done(f, note_call, &calls), 0);
    cr_assert_eq(future_on_done(f, note_call, &calls), 0);
    future_destroy(f);
    cr_assert_eq(calls, 0, "called for a future that was never done");
    cr_assert_eq(runs_of(&w), 0);
}
