/* SPDX-License-Identifier: MIT */
/* test_limiter.c - what limiter.h promises, in any order the threads may run.
 *
 * Nobody can see the moment at which a permit was given, but it lies between
 * a call and its return. Of max_calls + 1 permits the first and the last are a
 * window apart; so of any max_calls + 1 calls, the last return comes a window
 * after the first call or later. That holds however slow a thread is. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "limiter.h"
#include "moment.h"

enum {
    MS = 1000000,      /* in nanoseconds */
    LONG_MS = 1 << 26, /* more than 18 hours: passes in no test */
    THREADS = 3,
    CALLS = 4, /* of each thread */
    ALL = THREADS * CALLS
};

static struct limiter *make(unsigned max_calls, unsigned window_ms)
{
    struct limiter *l = limiter_create(max_calls, window_ms);

    cr_assert_not_null(l, "limiter_create returned NULL");
    return l;
}

static void pass_time(int64_t ns)
{
    struct timespec t = moment_as_timespec(ns);

    while (nanosleep(&t, &t) != 0) {
    }
}

/* One call that took a permit. */
struct call {
    int64_t before_ns;
    int64_t after_ns;
};

static int call_acquire(struct limiter *l, struct call *c)
{
    int rc;

    c->before_ns = moment_now();
    rc = limiter_acquire(l);
    c->after_ns = moment_now();
    return rc;
}

static int by_return(const void *a, const void *b)
{
    const struct call *x = a;
    const struct call *y = b;

    return (x->after_ns > y->after_ns) - (x->after_ns < y->after_ns);
}

/* For each call take the max_calls others that begin no sooner and return
 * first: the last of them returns a window later. */
static void assert_no_window_is_too_full(struct call calls[], size_t n,
                                         unsigned max_calls, unsigned window_ms)
{
    int64_t first_ns = calls[0].before_ns;
    int64_t needed_ms = (int64_t)((n - 1) / max_calls) * window_ms;
    int64_t taken_ns = 0;

    qsort(calls, n, sizeof(calls[0]), by_return);
    for (size_t i = 0; i < n; i++) {
        unsigned seen = 0;

        if (calls[i].before_ns < first_ns) {
            first_ns = calls[i].before_ns;
        }
        for (size_t j = 0; j < n && seen <= max_calls; j++) {
            if (calls[j].before_ns < calls[i].before_ns) {
                continue;
            }
            seen++;
            cr_assert(seen <= max_calls ||
                          calls[j].after_ns - calls[i].before_ns >=
                              (int64_t)window_ms * MS,
                      "%u calls in less than %u ms", seen, window_ms);
        }
    }
    taken_ns = calls[n - 1].after_ns - first_ns;
    cr_assert_geq(taken_ns, needed_ms * MS,
                  "%zu calls took %lld ms; at %u in %u ms they need %lld", n,
                  (long long)(taken_ns / MS), max_calls, window_ms,
                  (long long)needed_ms);
}

Test(limiter, the_first_calls_need_not_wait, .timeout = 20.0)
{
    struct limiter *l = make(3, LONG_MS);

    cr_assert_null(limiter_create(0, 1));
    cr_assert_null(limiter_create(1, 0));
    cr_assert_eq(limiter_try(l), 0);
    cr_assert_eq(limiter_acquire(l), 0);
    cr_assert_eq(limiter_try(l), 0);
    cr_assert_eq(limiter_try(l), EAGAIN, "three permits were given");
    limiter_close(l);
    cr_assert_eq(limiter_try(l), ESHUTDOWN);
    cr_assert_eq(limiter_acquire(l), ESHUTDOWN);
    limiter_close(l);
    cr_assert_eq(limiter_try(l), ESHUTDOWN);
    limiter_destroy(l);
}

Test(limiter, a_permit_comes_back_after_the_window, .timeout = 20.0)
{
    const unsigned window_ms = 20;
    struct limiter *l = make(1, window_ms);
    struct call first;
    int rc;

    cr_assert_eq(call_acquire(l, &first), 0);
    rc = limiter_try(l);
    cr_assert(rc == EAGAIN || (rc == 0 && moment_now() - first.before_ns >=
                                              (int64_t)window_ms * MS),
              "limiter_try gave a second permit too soon");
    if (rc == EAGAIN) {
        while (moment_now() - first.after_ns < (int64_t)window_ms * MS) {
            pass_time((int64_t)window_ms * MS);
        }
        cr_assert_eq(limiter_try(l), 0, "the window is over");
    }
    limiter_destroy(l);
}

/* The limiter is some time old when it is first asked: windows that are counted
 * from its birth do not begin with the first call. */
Test(limiter, no_window_is_too_full, .timeout = 20.0)
{
    const unsigned max_calls = 2;
    const unsigned window_ms = 40;
    struct limiter *l = make(max_calls, window_ms);
    struct call calls[7];

    pass_time(30 * MS);
    for (size_t i = 0; i < 7; i++) {
        cr_assert_eq(call_acquire(l, &calls[i]), 0);
    }
    limiter_destroy(l);
    assert_no_window_is_too_full(calls, 7, max_calls, window_ms);
}

/* A thread that makes some calls, and what limiter_acquire returned. */
struct caller {
    pthread_t thread;
    struct limiter *l;
    int limit; /* make so many calls at most */
    int done;  /* calls that returned 0 */
    int rc;    /* of the last */
    struct call *calls;
};

static void *caller_main(void *arg)
{
    struct caller *c = arg;

    do {
        c->rc = call_acquire(c->l, &c->calls[c->done]);
        c->done += c->rc == 0;
    } while (c->rc == 0 && c->done < c->limit);
    return NULL;
}

static void start_callers(struct caller callers[THREADS], struct limiter *l,
                          int limit, struct call calls[ALL])
{
    for (int i = 0; i < THREADS; i++) {
        callers[i] = (struct caller){
            .l = l, .limit = limit, .calls = &calls[(ptrdiff_t)i * CALLS]};
        cr_assert_eq(
            pthread_create(&callers[i].thread, NULL, caller_main, &callers[i]),
            0);
    }
}

static void join_callers(const struct caller callers[THREADS])
{
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_join(callers[i].thread, NULL), 0);
    }
}

Test(limiter, many_threads_share_the_limit, .timeout = 20.0)
{
    const unsigned max_calls = 2;
    const unsigned window_ms = 20;
    struct limiter *l = make(max_calls, window_ms);
    struct caller callers[THREADS];
    struct call calls[ALL];

    start_callers(callers, l, CALLS, calls);
    join_callers(callers);
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(callers[i].done, CALLS);
    }
    limiter_destroy(l);
    assert_no_window_is_too_full(calls, ALL, max_calls, window_ms);
}

Test(limiter, close_releases_all_who_wait, .timeout = 20.0)
{
    struct limiter *l = make(1, LONG_MS);
    struct caller callers[THREADS];
    struct call calls[ALL];
    int64_t begin_ns = moment_now();
    int rc;

    cr_assert_eq(limiter_acquire(l), 0);
    start_callers(callers, l, CALLS, calls);
    rc = limiter_try(l);
    limiter_close(l);
    join_callers(callers);
    cr_assert_lt(moment_now() - begin_ns, (int64_t)LONG_MS * MS,
                 "somebody slept until the window was over: the close "
                 "did not wake it");
    cr_assert_eq(rc, EAGAIN, "the only permit was given");
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(callers[i].rc, ESHUTDOWN);
        cr_assert_eq(callers[i].done, 0, "the only permit was given");
    }
    cr_assert_eq(limiter_acquire(l), ESHUTDOWN);
    limiter_destroy(l);
}

/* As many permits as there are calls: nobody has to wait. */
Test(limiter, no_permit_is_lost, .timeout = 20.0)
{
    struct limiter *l = make(ALL, LONG_MS);
    struct caller callers[THREADS];
    struct call calls[ALL];

    start_callers(callers, l, CALLS, calls);
    join_callers(callers);
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(callers[i].done, CALLS);
    }
    cr_assert_eq(limiter_try(l), EAGAIN, "all permits were given");
    limiter_destroy(l);
}
