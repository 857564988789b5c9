/* SPDX-License-Identifier: MIT */
/* test_completed.c - what completed.h promises, with futures that the test
 * runs itself: in its own thread where the order matters, in others where any
 * order must do.
 *
 * Tasks write to a place of their own without a lock; who got the future reads
 * it without one. */
#include "completed.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct item {
    int error;
    int runs;
};

static int work(void *arg, void **out_value)
{
    struct item *it = arg;

    it->runs++;
    *out_value = &it->runs;
    return it->error;
}

enum { MOST = 6 };

/* `count` pending futures; those in the bit set `bad` will fail. */
static void make(struct future *fs[], struct item items[], int count, int bad)
{
    for (int i = 0; i < count; i++) {
        items[i] = (struct item){.error = (bad >> i & 1) != 0 ? EDOM : 0};
        fs[i] = future_create(work, &items[i]);
        cr_assert_not_null(fs[i]);
    }
}

static void destroy(struct future *fs[], int count)
{
    for (int i = 0; i < count; i++) {
        future_destroy(fs[i]);
    }
}

static int index_of(const struct future *f, struct future *fs[], int count)
{
    for (int i = 0; i < count; i++) {
        if (fs[i] == f) {
            return i;
        }
    }
    return -1;
}

/* A thread that runs futures one after another. */
struct runner {
    pthread_t thread;
    struct future **fs;
    int count;
};

static void *run_all(void *arg)
{
    struct runner *r = arg;

    for (int i = 0; i < r->count; i++) {
        future_run(r->fs[i]);
    }
    return NULL;
}

static void start(pthread_t *thread, void *(*act)(void *arg), void *arg)
{
    cr_assert_eq(pthread_create(thread, NULL, act, arg), 0);
}

static void join(pthread_t thread)
{
    cr_assert_eq(pthread_join(thread, NULL), 0);
}

Test(completed, futures_come_in_the_order_they_got_done, .timeout = 20.0)
{
    const int order[] = {1, 3, 4, 0, 2};
    struct item items[5];
    struct future *fs[5];
    struct future *f = NULL;
    struct completed *c = NULL;

    make(fs, items, 5, 1 << 4);
    future_run(fs[3]);
    future_run(fs[1]); /* done before the call: in the order of the array */
    c = completed_create(fs, 5);
    cr_assert_not_null(c);
    future_run(fs[4]);
    future_cancel(fs[0]);
    for (int i = 0; i < 4; i++) {
        f = NULL;
        cr_assert_eq(completed_next(c, i % 3 - 1, &f), 0);
        cr_assert_eq(index_of(f, fs, 5), order[i], "number %d was future %d", i,
                     index_of(f, fs, 5));
    }
    f = NULL;
    cr_assert_eq(completed_next(c, 0, &f), ETIMEDOUT, "none was there");
    cr_assert_null(f, "*out_future written though there was none");
    future_run(fs[2]);
    cr_assert_eq(completed_next(c, 0, &f), 0);
    cr_assert_eq(f, fs[2]);
    f = NULL;
    cr_assert_eq(completed_next(c, -1, &f), ENOENT, "all were given out");
    cr_assert_eq(completed_next(c, 0, &f), ENOENT, "all were given out");
    cr_assert_null(f, "*out_future written though there was none");
    completed_destroy(c);

    c = completed_create(fs, 0);
    cr_assert_not_null(c);
    cr_assert_eq(completed_next(c, -1, &f), ENOENT, "there were none at all");
    completed_destroy(c);
    destroy(fs, 5);
}

/* A thread that takes futures until there are no more, and notes which. */
struct taker {
    pthread_t thread;
    struct completed *c;
    struct future *got[MOST + 1];
    int count;
    int bad_results;
    int last_rc;
};

static void *take_all(void *arg)
{
    struct taker *t = arg;

    while (t->count <= MOST) {
        struct future *f = NULL;
        void *value = NULL;

        t->last_rc = completed_next(t->c, -1, &f);
        if (t->last_rc != 0 || f == NULL) {
            break;
        }
        t->got[t->count] = f;
        t->count++;
        if (!future_done(f) || future_result(f, &value) != 0 ||
            *(int *)value != 1) {
            t->bad_results++;
        }
    }
    return NULL;
}

Test(completed, each_future_is_given_out_once, .timeout = 20.0)
{
    struct item items[4];
    struct future *fs[4];
    struct completed *c = NULL;
    struct runner runners[2] = {{.fs = fs, .count = 2},
                                {.fs = fs + 2, .count = 2}};
    struct taker takers[2] = {{.count = 0}, {.count = 0}};
    int times[4] = {0};

    make(fs, items, 4, 0);
    c = completed_create(fs, 4);
    cr_assert_not_null(c);
    for (int i = 0; i < 2; i++) {
        takers[i].c = c;
        start(&takers[i].thread, take_all, &takers[i]);
    }
    for (int i = 0; i < 2; i++) {
        start(&runners[i].thread, run_all, &runners[i]);
    }
    for (int i = 0; i < 2; i++) {
        join(runners[i].thread);
    }
    for (int i = 0; i < 2; i++) {
        join(takers[i].thread);
    }
    completed_destroy(c);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(takers[i].last_rc, ENOENT, "the last answer was %d",
                     takers[i].last_rc);
        cr_assert_eq(takers[i].bad_results, 0, "not done when it came");
        for (int k = 0; k < takers[i].count; k++) {
            int which = index_of(takers[i].got[k], fs, 4);

            cr_assert_geq(which, 0, "a future that is not in the array");
            times[which]++;
        }
    }
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(times[i], 1, "future %d was given out %d times", i,
                     times[i]);
    }
    destroy(fs, 4);
}

static double ms_since(const struct timespec *start)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) * 1e3 +
           (double)(now.tv_nsec - start->tv_nsec) / 1e6;
}

Test(completed, a_wait_lasts_as_long_as_its_limit, .timeout = 20.0)
{
    struct item items[2];
    struct future *fs[2];
    struct future *f = NULL;
    struct completed *c = NULL;
    struct timespec began;

    make(fs, items, 2, 0);
    c = completed_create(fs, 2);
    cr_assert_not_null(c);
    clock_gettime(CLOCK_MONOTONIC, &began);
    cr_assert_eq(completed_next(c, 30, &f), ETIMEDOUT);
    cr_assert_geq(ms_since(&began), 30.0, "next gave up too soon");
    cr_assert_eq(completed_wait(fs, 2, FIRST_COMPLETED, 0), ETIMEDOUT);
    future_run(fs[0]);
    clock_gettime(CLOCK_MONOTONIC, &began);
    cr_assert_eq(completed_wait(fs, 2, ALL_COMPLETED, 30), ETIMEDOUT);
    cr_assert_geq(ms_since(&began), 30.0, "wait gave up too soon");
    cr_assert_eq(completed_wait(fs, 2, FIRST_ERROR, 0), ETIMEDOUT);
    completed_destroy(c);
    /* Nothing of all this is left in the futures. */
    future_run(fs[1]);
    cr_assert_eq(items[1].runs, 1);
    destroy(fs, 2);
}

Test(completed, a_collection_may_go_at_any_time, .timeout = 20.0)
{
    struct item items[4];
    struct future *fs[4];
    struct completed *c = NULL;
    struct future *f = NULL;
    struct runner runners[2] = {{.fs = fs, .count = 2},
                                {.fs = fs + 2, .count = 2}};
    int rc = 0;

    make(fs, items, 4, 0);
    for (int i = 0; i < 2; i++) {
        start(&runners[i].thread, run_all, &runners[i]);
    }
    c = completed_create(fs, 4);
    if (c != NULL) {
        rc = completed_next(c, -1, &f); /* one is enough */
        completed_destroy(c);
    }
    for (int i = 0; i < 2; i++) {
        join(runners[i].thread);
    }
    cr_assert_not_null(c);
    cr_assert_eq(rc, 0);
    cr_assert_geq(index_of(f, fs, 4), 0, "a future that is not in the array");
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(items[i].runs, 1, "the task of future %d", i);
    }
    destroy(fs, 4);
}

/* A thread that waits for a goal, and looks who is done when it returns. */
struct waiter {
    pthread_t thread;
    struct future **fs;
    int count;
    enum completed_goal goal;
    long timeout_ms;
    int rc;
    int done;
    int failed;
};

static void *wait_and_look(void *arg)
{
    struct waiter *w = arg;

    w->rc = completed_wait(w->fs, (size_t)w->count, w->goal, w->timeout_ms);
    for (int i = 0; i < w->count; i++) {
        void *value = NULL;

        if (future_done(w->fs[i])) {
            w->done++;
            w->failed += future_result(w->fs[i], &value) != 0;
        }
    }
    return NULL;
}

Test(completed, wait_returns_when_its_goal_is_reached, .timeout = 20.0)
{
    struct item items[4];
    struct future *fs[4];
    struct waiter waiters[] = {
        {.goal = FIRST_COMPLETED, .count = 4, .timeout_ms = -1},
        {.goal = FIRST_ERROR, .count = 4, .timeout_ms = -1},
        {.goal = ALL_COMPLETED, .count = 3, .timeout_ms = 86400999},
    };

    make(fs, items, 4, 1 << 2);
    for (int i = 0; i < 3; i++) {
        waiters[i].fs = fs;
        start(&waiters[i].thread, wait_and_look, &waiters[i]);
    }
    for (int i = 0; i < 3; i++) {
        future_run(fs[i]); /* the last fails; fs[3] stays pending */
    }
    for (int i = 0; i < 3; i++) {
        join(waiters[i].thread);
        cr_assert_eq(waiters[i].rc, 0, "goal %d: %d", i, waiters[i].rc);
    }
    cr_assert_geq(waiters[0].done, 1, "the first was not there");
    cr_assert_geq(waiters[1].failed, 1, "none had failed");
    cr_assert_eq(waiters[2].done, 3, "%d of 3 were there", waiters[2].done);
    destroy(fs, 4);
}

Test(completed, first_error_ends_when_nothing_fails, .timeout = 20.0)
{
    struct item items[2];
    struct future *fs[2];
    struct waiter w = {.goal = FIRST_ERROR, .count = 2, .timeout_ms = -1};
    struct runner r = {.fs = fs, .count = 2};

    cr_assert_eq(completed_wait(NULL, 0, FIRST_COMPLETED, -1), 0, "no futures");
    cr_assert_eq(completed_wait(NULL, 0, FIRST_ERROR, -1), 0, "no futures");
    make(fs, items, 2, 0);
    w.fs = fs;
    start(&w.thread, wait_and_look, &w);
    start(&r.thread, run_all, &r);
    join(r.thread);
    join(w.thread);
    cr_assert_eq(w.rc, 0);
    cr_assert_eq(w.done, 2, "%d of 2 were there", w.done);
    destroy(fs, 2);

    make(fs, items, 2, 0);
    future_cancel(fs[1]); /* counts as failed */
    cr_assert_eq(completed_wait(fs, 2, FIRST_ERROR, -1), 0);
    cr_assert_eq(completed_wait(fs, 2, FIRST_COMPLETED, 0), 0);
    destroy(fs, 2);
}
