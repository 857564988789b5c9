/* SPDX-License-Identifier: MIT */
/* test_later.c - what later.h promises, in any order the threads may run.
 *
 * A SHORT delay may be over before anything else happens, and what is called
 * may be slow; a LONG delay passes in no test. What the called function writes
 * down has no lock: later_wait and later_destroy make it safe to read. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "later.h"
#include "threadlab.h"

enum { SHORT_MS = 20, LONG_MS = 1 << 26, THREADS = 2, ROUNDS = 3 };

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* No LONG delay has passed since `begin_ns`: whoever slept was woken by the
 * cancel, and not by the clock. */
static void assert_no_long_wait(int64_t begin_ns)
{
    cr_assert_lt(now_ns() - begin_ns, (int64_t)LONG_MS * 1000000,
                 "called off, and somebody waited until the delay was over");
}

/* What a called function leaves behind. */
struct diary {
    int begun;
    int ended;
    int64_t at_ns; /* when it was called last */
};

static void write_down(void *arg)
{
    struct diary *d = arg;

    d->begun++;
    d->at_ns = now_ns();
    d->ended++;
}

static struct later *start(unsigned delay_ms, void (*fn)(void *), void *arg)
{
    struct later *l = later_start(delay_ms, fn, arg);

    cr_assert_not_null(l, "later_start returned NULL");
    return l;
}

Test(later, it_is_called_once_and_not_too_soon, .timeout = 20.0)
{
    static const unsigned delays_ms[] = {0, SHORT_MS};

    for (int i = 0; i < 2; i++) {
        struct diary d = {0, 0, 0};
        int64_t start_ns = now_ns();
        struct later *l = start(delays_ms[i], write_down, &d);

        later_wait(l);
        cr_assert_eq(d.ended, 1, "later_wait is back, and it is not done");
        cr_assert_geq(d.at_ns - start_ns, (int64_t)delays_ms[i] * 1000000,
                      "called too soon");
        cr_assert_not(later_cancel(l), "it has been called");
        later_wait(l);
        later_destroy(l);
        cr_assert_eq(d.begun, 1, "called again");
    }
}

Test(later, it_is_not_called_once_it_is_cancelled, .timeout = 20.0)
{
    struct diary d = {0, 0, 0};
    struct later *l = start(LONG_MS, write_down, &d);

    cr_assert(later_cancel(l), "it cannot have begun");
    later_wait(l);
    cr_assert(later_cancel(l), "called off is called off");
    later_destroy(l);

    l = start(LONG_MS, write_down, &d);
    later_destroy(l);
    cr_assert_eq(d.begun, 0, "called, though it was cancelled");

    tl_fail_create(0);
    cr_assert_null(later_start(0, write_down, &d));
    tl_fail_create(-1);
    cr_assert_eq(d.begun, 0, "called, though there is no timer");
}

/* A thread that cancels, or waits. */
struct caller {
    pthread_t thread;
    struct later *l;
    bool cancelled;
};

static void *cancel_main(void *arg)
{
    struct caller *c = arg;

    c->cancelled = later_cancel(c->l);
    return NULL;
}

static void *wait_main(void *arg)
{
    struct caller *c = arg;

    later_wait(c->l);
    return NULL;
}

static void start_callers(struct caller callers[THREADS], struct later *l,
                          void *(*fn)(void *))
{
    for (int i = 0; i < THREADS; i++) {
        callers[i] = (struct caller){.l = l};
        cr_assert_eq(pthread_create(&callers[i].thread, NULL, fn, &callers[i]),
                     0);
    }
}

static void join_callers(const struct caller callers[THREADS])
{
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_join(callers[i].thread, NULL), 0);
    }
}

static const char *called(int times)
{
    static const char *const names[] = {"not called", "called", "called again"};

    return names[times < 2 ? times : 2];
}

/* A diary that may be looked at whatever has been promised. */
struct guarded {
    pthread_mutex_t lock;
    struct diary diary;
};

static void write_begun_and_ended(void *arg)
{
    struct guarded *g = arg;

    pthread_mutex_lock(&g->lock);
    g->diary.begun++;
    pthread_mutex_unlock(&g->lock);
    pthread_mutex_lock(&g->lock);
    g->diary.ended++;
    pthread_mutex_unlock(&g->lock);
}

static struct diary look(struct guarded *g)
{
    struct diary d;

    pthread_mutex_lock(&g->lock);
    d = g->diary;
    pthread_mutex_unlock(&g->lock);
    return d;
}

/* Called or cancelled: it may be either, but it is one of them for all. */
Test(later, all_agree_whether_it_is_called, .timeout = 20.0)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct guarded g = {.lock = PTHREAD_MUTEX_INITIALIZER};
        struct later *l =
            start(round == 0 ? 0 : SHORT_MS, write_begun_and_ended, &g);
        struct caller callers[THREADS];
        struct diary d;

        start_callers(callers, l, cancel_main);
        join_callers(callers);
        later_wait(l);
        d = look(&g);
        cr_assert_eq(d.ended, d.begun, "later_wait is back, and it runs");
        later_destroy(l);
        d = look(&g);
        for (int i = 0; i < THREADS; i++) {
            cr_assert_eq(d.begun, callers[i].cancelled ? 0 : 1,
                         "later_cancel returned %s, and it was %s",
                         callers[i].cancelled ? "true" : "false",
                         called(d.begun));
        }
        pthread_mutex_destroy(&g.lock);
    }
}

/* A function that says that it has begun, and goes on when it is let go. */
struct slow {
    struct diary diary;
    pthread_mutex_t lock; /* guards the fields below */
    pthread_cond_t changed;
    bool begun;
    bool let_go;
};

static void slow_init(struct slow *s)
{
    *s = (struct slow){.begun = false};
    cr_assert_eq(pthread_mutex_init(&s->lock, NULL), 0);
    cr_assert_eq(pthread_cond_init(&s->changed, NULL), 0);
}

static void slow_destroy(struct slow *s)
{
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
}

static void set(struct slow *s, bool *flag)
{
    pthread_mutex_lock(&s->lock);
    *flag = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void await(struct slow *s, const bool *flag)
{
    pthread_mutex_lock(&s->lock);
    while (!*flag) {
        pthread_cond_wait(&s->changed, &s->lock);
    }
    pthread_mutex_unlock(&s->lock);
}

static void write_down_slowly(void *arg)
{
    struct slow *s = arg;

    s->diary.begun++;
    set(s, &s->begun);
    await(s, &s->let_go);
    s->diary.ended++;
}

Test(later, cancel_does_not_wait_for_a_call_that_runs, .timeout = 20.0)
{
    struct slow s;
    struct later *l;
    struct caller callers[THREADS];

    slow_init(&s);
    l = start(SHORT_MS, write_down_slowly, &s);
    await(&s, &s.begun);
    cr_assert_not(later_cancel(l), "it has begun");
    start_callers(callers, l, wait_main);
    set(&s, &s.let_go);
    join_callers(callers);
    cr_assert_eq(s.diary.ended, 1, "later_wait is back, and it is not done");
    later_destroy(l);
    slow_destroy(&s);

    /* The same, and it is later_destroy that has to wait. */
    slow_init(&s);
    l = start(0, write_down_slowly, &s);
    await(&s, &s.begun);
    set(&s, &s.let_go);
    later_destroy(l);
    cr_assert_eq(s.diary.ended, 1, "destroyed while it ran");
    slow_destroy(&s);
}

Test(later, a_cancel_releases_all_who_wait, .timeout = 20.0)
{
    struct diary d = {0, 0, 0};
    int64_t begin_ns = now_ns();
    struct later *l = start(LONG_MS, write_down, &d);
    struct caller callers[THREADS];

    start_callers(callers, l, wait_main);
    cr_assert(later_cancel(l), "it cannot have begun");
    join_callers(callers);
    later_destroy(l);
    cr_assert_eq(d.begun, 0, "called, though it was cancelled");
    assert_no_long_wait(begin_ns);
}

Test(later, destroy_leaves_nothing_half_done, .timeout = 20.0)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct diary d = {0, 0, 0};
        struct later *l = start(round == 0 ? 0 : SHORT_MS, write_down, &d);

        later_destroy(l);
        cr_assert_eq(d.begun, d.ended, "begun, but not done");
        cr_assert_leq(d.begun, 1);
    }
}

/* A function that uses its own timer and starts another one. */
struct chain {
    struct slow slow; /* let_go: the timers below are there */
    struct later *own;
    struct later *next;
    bool cancelled;
    struct diary diary;
};

static void call_next(void *arg)
{
    struct chain *c = arg;

    await(&c->slow, &c->slow.let_go);
    c->cancelled = later_cancel(c->own);
    c->next = later_start(0, write_down, &c->diary);
}

Test(later, the_function_may_use_timers, .timeout = 20.0)
{
    struct chain c = {.next = NULL};

    slow_init(&c.slow);
    c.own = start(0, call_next, &c);
    set(&c.slow, &c.slow.let_go);
    later_wait(c.own);
    later_destroy(c.own);
    cr_assert_not(c.cancelled, "it has begun");
    cr_assert_not_null(c.next, "later_start returned NULL");
    later_wait(c.next);
    later_destroy(c.next);
    cr_assert_eq(c.diary.ended, 1);
    slow_destroy(&c.slow);
}
