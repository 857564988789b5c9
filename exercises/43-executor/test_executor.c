/* SPDX-License-Identifier: MIT */
/* test_executor.c - what executor.h promises, seen through the futures and
 * through what the tasks leave behind.
 *
 * An item is the argument of one task. The task writes to it without a lock,
 * and the test reads it without one, after something that promises that the
 * task has ended. */
#include "executor.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "threadlab.h"

/* A number of tasks meet: who arrives waits for all the others. */
struct meeting {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int expected; /* nobody waits once so many have arrived */
    int arrived;
};

static struct meeting meeting_of(int expected)
{
    return (struct meeting){.lock = PTHREAD_MUTEX_INITIALIZER,
                            .changed = PTHREAD_COND_INITIALIZER,
                            .expected = expected};
}

static void meet(struct meeting *m)
{
    pthread_mutex_lock(&m->lock);
    m->arrived++;
    pthread_cond_broadcast(&m->changed);
    while (m->arrived < m->expected) {
        pthread_cond_wait(&m->changed, &m->lock);
    }
    pthread_mutex_unlock(&m->lock);
}

static int arrived_at(struct meeting *m)
{
    int arrived = 0;

    pthread_mutex_lock(&m->lock);
    arrived = m->arrived;
    pthread_mutex_unlock(&m->lock);
    return arrived;
}

/* Let everybody through from now on, whether or not the others come. */
static void open_door(struct meeting *m)
{
    pthread_mutex_lock(&m->lock);
    m->expected = 0;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

struct item {
    struct meeting *meeting; /* or NULL */
    int error;
    int runs;
    int square; /* of number, once it has run */
    int number;
};

static int work(void *arg, void **out_value)
{
    struct item *it = arg;

    if (it->meeting != NULL) {
        meet(it->meeting);
    }
    it->runs++;
    if (it->error != 0) {
        return it->error;
    }
    it->square = it->number * it->number;
    *out_value = &it->square;
    return 0;
}

static int value_of(void *value)
{
    return value == NULL ? -1 : *(int *)value;
}

Test(executor, submit_gives_a_future, .timeout = 20.0)
{
    struct executor *ex = executor_create(2);
    struct item good = {.number = 7};
    struct item bad = {.error = EDOM};
    struct item forgotten = {.number = 2};
    struct future *fs[2] = {NULL, NULL};
    struct future *gone = NULL;
    void *value = NULL;

    cr_assert_null(executor_create(0), "an executor without workers");
    cr_assert_not_null(ex);
    cr_assert_eq(executor_submit(ex, work, &good, &fs[0]), 0);
    cr_assert_eq(executor_submit(ex, work, &forgotten, &gone), 0);
    future_release(gone); /* nobody wants to know */
    cr_assert_eq(executor_submit(ex, work, &bad, &fs[1]), 0);
    cr_assert_eq(future_result(fs[0], &value), 0);
    cr_assert_eq(value_of(value), 49);
    future_release(fs[0]); /* as soon as the result is there */
    executor_destroy(ex);

    cr_assert_eq(future_result(fs[1], &value), EDOM, "gone with the executor");
    future_release(fs[1]);
    cr_assert_eq(good.runs, 1);
    cr_assert_eq(bad.runs, 1);
    cr_assert_eq(forgotten.runs, 1, "a task whose future was let go");
}

enum { ITEMS = 6 };

Test(executor, map_keeps_the_order_of_the_arguments, .timeout = 20.0)
{
    struct executor *ex = executor_create(3);
    struct meeting meeting = meeting_of(3);
    struct item items[ITEMS];
    void *args[ITEMS];
    void *values[ITEMS];
    int rc = 0;

    cr_assert_not_null(ex);
    for (int i = 0; i < ITEMS; i++) {
        items[i] = (struct item){.number = i};
        items[i].meeting = i < 3 ? &meeting : NULL;
        args[i] = &items[i];
        values[i] = &items[0];
    }
    rc = executor_map(ex, work, args, values, ITEMS);
    cr_assert_eq(rc, 0);
    for (int i = 0; i < ITEMS; i++) {
        cr_assert_eq(items[i].runs, 1);
        cr_assert_eq(value_of(values[i]), i * i, "value %d is %d", i,
                     value_of(values[i]));
    }
    cr_assert_eq(executor_map(ex, work, args, values, 0), 0);
    executor_destroy(ex);
}

Test(executor, map_ends_all_and_tells_the_first_error, .timeout = 20.0)
{
    struct executor *ex = executor_create(2);
    struct item items[ITEMS];
    void *args[ITEMS];
    void *values[ITEMS];
    struct meeting begun = meeting_of(0); /* nobody waits, it only counts */
    int count = 0;
    int rc = 0;

    cr_assert_not_null(ex);
    for (int i = 0; i < ITEMS; i++) {
        items[i] = (struct item){.number = i, .meeting = &begun};
        args[i] = &items[i];
        values[i] = &items[0];
    }
    items[1].error = EDOM;
    items[3].error = ERANGE;
    rc = executor_map(ex, work, args, values, ITEMS);
    count = arrived_at(&begun);
    executor_destroy(ex);
    cr_assert_eq(rc, EDOM, "map returned %d", rc);
    cr_assert_eq(count, ITEMS, "%d of %d tasks had begun when map returned",
                 count, ITEMS);
    for (int i = 0; i < ITEMS; i++) {
        cr_assert_eq(items[i].runs, 1, "item %d ran %d times", i,
                     items[i].runs);
    }
}

Test(executor, as_many_tasks_run_at_once_as_allowed, .timeout = 20.0)
{
    struct executor *ex = executor_create(2);
    struct item first = {.number = 1};
    struct future *f = NULL;
    void *value = NULL;

    cr_assert_not_null(ex);
    /* Now there may be a worker already, asleep or about to. */
    cr_assert_eq(executor_submit(ex, work, &first, &f), 0);
    cr_assert_eq(future_result(f, &value), 0);
    future_release(f);
    for (int round = 0; round < 2; round++) {
        struct meeting meeting = meeting_of(2);
        struct item items[2] = {{.meeting = &meeting}, {.meeting = &meeting}};
        struct future *fs[2] = {NULL, NULL};

        cr_assert_eq(executor_submit(ex, work, &items[0], &fs[0]), 0);
        cr_assert_eq(executor_submit(ex, work, &items[1], &fs[1]), 0);
        for (int i = 0; i < 2; i++) {
            cr_assert_eq(future_result(fs[i], &value), 0);
            future_release(fs[i]);
        }
    }
    executor_destroy(ex);
}

Test(executor, a_cancelled_task_never_runs, .timeout = 20.0)
{
    struct executor *ex = executor_create(1);
    struct meeting door = meeting_of(2); /* the second never comes */
    struct item first = {.meeting = &door};
    struct item second = {.number = 2};
    struct item third = {.number = 3};
    struct future *fs[3] = {NULL, NULL, NULL};
    void *value = NULL;
    bool cancelled = false;

    cr_assert_not_null(ex);
    cr_assert_eq(executor_submit(ex, work, &first, &fs[0]), 0);
    cr_assert_eq(executor_submit(ex, work, &second, &fs[1]), 0);
    cr_assert_eq(executor_submit(ex, work, &third, &fs[2]), 0);
    cancelled = future_cancel(fs[1]); /* the only worker is at the door */
    executor_shutdown(ex, false);
    open_door(&door);
    executor_shutdown(ex, true);
    cr_assert(cancelled,
              "the second task could not be cancelled any more, though the "
              "only worker had not ended the first");
    cr_assert_eq(second.runs, 0, "a cancelled task ran");
    cr_assert_eq(first.runs, 1);
    cr_assert_eq(third.runs, 1, "the task behind a cancelled one");
    cr_assert_eq(future_result(fs[1], &value), ECANCELED);
    executor_destroy(ex);
    for (int i = 0; i < 3; i++) {
        future_release(fs[i]);
    }
}

/* Someone who shuts down, waits, and looks at what the tasks did. */
struct closer {
    pthread_t thread;
    struct executor *ex;
    const struct item *items;
    int ended;
};

static void *close_and_look(void *arg)
{
    struct closer *c = arg;

    executor_shutdown(c->ex, true);
    for (int i = 0; i < ITEMS; i++) {
        c->ended += c->items[i].runs;
    }
    return NULL;
}

struct submitter {
    pthread_t thread;
    struct executor *ex;
    struct item items[ITEMS];
    int rc[ITEMS];
};

static void *submit_and_forget(void *arg)
{
    struct submitter *s = arg;

    for (int i = 0; i < ITEMS; i++) {
        struct future *f = NULL;

        s->rc[i] = executor_submit(s->ex, work, &s->items[i], &f);
        if (s->rc[i] == 0) {
            future_release(f);
        }
    }
    return NULL;
}

/* Two threads may find at the same time that one more may be started. All tasks
 * wait at the door, so who has come in is still there when it is counted. */
Test(executor, no_more_tasks_run_at_once_than_allowed, .timeout = 20.0)
{
    const struct timespec nap = {.tv_nsec = 20000000};
    struct executor *ex = executor_create(2);
    struct meeting door = meeting_of(2 * ITEMS + 1); /* one never comes */
    struct submitter submitters[2];
    int inside = 0;

    cr_assert_not_null(ex);
    for (int i = 0; i < 2; i++) {
        submitters[i] = (struct submitter){.ex = ex};
        for (int j = 0; j < ITEMS; j++) {
            submitters[i].items[j].meeting = &door;
        }
        cr_assert_eq(pthread_create(&submitters[i].thread, NULL,
                                    submit_and_forget, &submitters[i]),
                     0);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_join(submitters[i].thread, NULL), 0);
    }
    nanosleep(&nap, NULL); /* time for one too many to come in */
    inside = arrived_at(&door);
    open_door(&door);
    executor_destroy(ex);
    cr_assert_leq(inside, 2, "max_workers is 2, and %d tasks ran at once",
                  inside);
    for (int i = 0; i < ITEMS; i++) {
        cr_assert_eq(submitters[0].items[i].runs, 1);
        cr_assert_eq(submitters[1].items[i].runs, 1);
    }
}

Test(executor, shutdown_waits_for_all_it_has_taken, .timeout = 20.0)
{
    struct executor *ex = executor_create(2);
    struct item items[ITEMS] = {{.number = 0}};
    struct closer closers[2] = {{.ex = ex, .items = items},
                                {.ex = ex, .items = items}};
    struct submitter late = {.ex = ex};
    struct future *f = NULL;
    void *args[1] = {&items[0]};
    void *values[1] = {&items[0]};
    int refused = 0;

    cr_assert_not_null(ex);
    cr_assert_eq(pthread_create(&late.thread, NULL, submit_and_forget, &late),
                 0);
    for (int i = 0; i < ITEMS; i++) {
        if (executor_submit(ex, work, &items[i], &f) == 0) {
            future_release(f);
        } else {
            refused++;
        }
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_create(&closers[i].thread, NULL, close_and_look,
                                    &closers[i]),
                     0);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_join(closers[i].thread, NULL), 0);
    }
    cr_assert_eq(pthread_join(late.thread, NULL), 0);
    cr_assert_eq(refused, 0, "%d refused before any shutdown", refused);
    cr_assert_eq(closers[0].ended, ITEMS, "tasks were left when it returned");
    cr_assert_eq(closers[1].ended, ITEMS, "tasks were left when it returned");
    f = NULL;
    cr_assert_eq(executor_submit(ex, work, &items[0], &f), ESHUTDOWN);
    cr_assert_null(f, "*out_future written though there is none");
    cr_assert_eq(executor_map(ex, work, args, values, 1), ESHUTDOWN);
    executor_destroy(ex);
    for (int i = 0; i < ITEMS; i++) {
        cr_assert(late.rc[i] == 0 || late.rc[i] == ESHUTDOWN);
        cr_assert_eq(late.items[i].runs, late.rc[i] == 0,
                     "a task ran %d times, though its submit returned %d",
                     late.items[i].runs, late.rc[i]);
    }
    cr_assert_eq(items[0].runs, 1, "a refused task ran");
}

Test(executor, it_makes_do_with_the_threads_it_gets, .timeout = 20.0)
{
    struct executor *ex = NULL;
    struct item refused = {.number = 1};
    struct item items[ITEMS] = {{.number = 0}};
    struct future *f = NULL;
    void *args[1] = {&refused};
    void *values[1] = {&refused};
    int failed = 0;
    int refusals[2];

    tl_fail_create(0);
    ex = executor_create(3);
    cr_assert_not_null(ex, "create needs no thread");
    refusals[0] = executor_submit(ex, work, &refused, &f);
    refusals[1] = executor_map(ex, work, args, values, 1);
    tl_fail_create(1); /* one worker, and no second */
    for (int i = 0; i < ITEMS; i++) {
        if (executor_submit(ex, work, &items[i], &f) == 0) {
            future_release(f);
        } else {
            failed++;
        }
    }
    tl_fail_create(-1);
    executor_destroy(ex);
    cr_assert_eq(refusals[0], EAGAIN, "no worker, and submit returned %d",
                 refusals[0]);
    cr_assert_eq(refusals[1], EAGAIN, "no worker, and map returned %d",
                 refusals[1]);
    cr_assert_eq(failed, 0, "%d refused though there was a worker", failed);
    cr_assert_eq(refused.runs, 0, "a refused task ran");
    for (int i = 0; i < ITEMS; i++) {
        cr_assert_eq(items[i].runs, 1);
    }
}

/* A task that shuts the executor down before it does its work. */
struct closing {
    struct executor *ex;
    int runs;
};

static int shut_and_work(void *arg, void **out_value)
{
    struct closing *c = arg;

    executor_shutdown(c->ex, false);
    c->runs++;
    *out_value = &c->runs;
    return 0;
}

/* The first task may shut down while the map still submits. What was taken
 * before that runs, and map returns after it. */
Test(executor, map_waits_for_all_taken_before_a_shutdown, .timeout = 20.0)
{
    struct executor *ex = executor_create(2);
    struct closing items[ITEMS];
    void *args[ITEMS];
    void *values[ITEMS];
    int rc = 0;
    int ended = 0;
    int taken = 0;

    cr_assert_not_null(ex);
    for (int i = 0; i < ITEMS; i++) {
        items[i] = (struct closing){.ex = ex};
        args[i] = &items[i];
        values[i] = NULL;
    }
    rc = executor_map(ex, shut_and_work, args, values, ITEMS);
    for (int i = 0; i < ITEMS; i++) {
        ended += items[i].runs;
    }
    executor_destroy(ex);
    for (int i = 0; i < ITEMS; i++) {
        taken += items[i].runs;
    }
    cr_assert_eq(ended, taken, "%d of %d tasks had ended when map returned",
                 ended, taken);
    cr_assert_eq(rc, taken == ITEMS ? 0 : ESHUTDOWN,
                 "%d of %d tasks were taken, and map returned %d", taken, ITEMS,
                 rc);
    for (int i = 0; i < ITEMS; i++) {
        cr_assert_eq(items[i].runs, i < taken, "item %d ran %d times", i,
                     items[i].runs);
    }
}
