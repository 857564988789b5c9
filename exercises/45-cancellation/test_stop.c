/* SPDX-License-Identifier: MIT */
/* test_stop.c - what stop.h promises to those who ask, look, sleep and hook.
 *
 * Threads note what they were told in their own struct; the test looks at it
 * after joining them. */
#include "stop.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "future.h"

enum { UNTOUCHED = -7, LONG_MS = 3600000 };

/* One thread that uses a token. */
struct party {
    pthread_t thread;
    struct stop *stop;
    const int *news; /* written before the token is asked, without a lock */
    bool told;       /* what stop_request or stop_requested returned */
    int rc;          /* what stop_sleep returned */
    int read;        /* what the news were */
    int calls;       /* of its own hook */
};

static void start(struct party *p, void *(*act)(void *arg))
{
    cr_assert_eq(pthread_create(&p->thread, NULL, act, p), 0);
}

static void join(struct party *p)
{
    cr_assert_eq(pthread_join(p->thread, NULL), 0);
}

static void *ask(void *arg)
{
    struct party *p = arg;

    p->told = stop_request(p->stop);
    return NULL;
}

/* Work a little at a time, and look in between. */
static void *work_and_look(void *arg)
{
    struct party *p = arg;

    for (int i = 0; i < 3 && !p->told; i++) {
        p->told = stop_requested(p->stop);
    }
    if (p->told) {
        p->read = *p->news;
    }
    return NULL;
}

static void *sleep_long(void *arg)
{
    struct party *p = arg;

    p->rc = stop_sleep(p->stop, LONG_MS);
    p->read = *p->news;
    return NULL;
}

static long ms_since(const struct timespec *then)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - then->tv_sec) * 1000 +
           (now.tv_nsec - then->tv_nsec) / 1000000;
}

Test(stop, asking_wakes_every_sleeper, .timeout = 20.0)
{
    int news = 0;
    struct stop *s = stop_create();
    struct party sleepers[2];
    struct party looker = {.stop = s, .news = &news};
    struct timespec before;
    bool asked[2];

    clock_gettime(CLOCK_MONOTONIC, &before);
    cr_assert_not_null(s);
    cr_assert_not(stop_requested(s), "a new token is asked already");
    for (int i = 0; i < 2; i++) {
        sleepers[i] = (struct party){.stop = s, .news = &news};
        start(&sleepers[i], sleep_long);
    }
    start(&looker, work_and_look);
    news = 42;
    asked[0] = stop_request(s);
    asked[1] = stop_request(s);
    for (int i = 0; i < 2; i++) {
        join(&sleepers[i]);
    }
    join(&looker);
    /* Who sleeps to the end says ECANCELED as well. */
    cr_assert_lt(ms_since(&before), LONG_MS,
                 "a sleeper slept its whole time though the token was asked");
    cr_assert(asked[0]);
    cr_assert_not(asked[1], "the second to ask says that it was the first");
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(sleepers[i].rc, ECANCELED);
        cr_assert_eq(sleepers[i].read, 42);
    }
    cr_assert(!looker.told || looker.read == 42);
    cr_assert(stop_requested(s));
    cr_assert_eq(stop_sleep(s, LONG_MS), ECANCELED);
    stop_destroy(s);
}

Test(stop, nobody_asks_and_the_time_passes, .timeout = 20.0)
{
    struct stop *s = stop_create();
    struct timespec before;

    cr_assert_not_null(s);
    cr_assert_eq(stop_sleep(s, 0), 0);
    for (int i = 0; i < 3; i++) {
        int rc = 0;
        long passed = 0;

        clock_gettime(CLOCK_MONOTONIC, &before);
        rc = stop_sleep(s, 15);
        passed = ms_since(&before);
        cr_assert_eq(rc, 0, "nobody has asked");
        cr_assert_geq(passed, 15, "slept for %ld ms of 15", passed);
    }
    stop_destroy(s);
}

static void count_call(void *arg)
{
    (*(int *)arg)++;
}

static void *hook_it(void *arg)
{
    struct party *p = arg;

    p->told = stop_hook(p->stop, count_call, &p->calls) != NULL;
    return NULL;
}

Test(stop, each_hook_is_called_once, .timeout = 20.0)
{
    struct stop *s = stop_create();
    struct party askers[2] = {{.stop = s}, {.stop = s}};
    struct party hooker = {.stop = s};
    struct stop_hook *hooks[2];
    int calls[4] = {0};
    int first = 0;

    cr_assert_not_null(s);
    hooks[0] = stop_hook(s, count_call, &calls[0]);
    hooks[1] = stop_hook(s, count_call, &calls[1]);
    cr_assert_not_null(hooks[0]);
    cr_assert_not_null(hooks[1]);
    cr_assert_not_null(stop_hook(s, count_call, &calls[2]));
    stop_unhook(s, hooks[1]);
    start(&hooker, hook_it);
    for (int i = 0; i < 2; i++) {
        start(&askers[i], ask);
    }
    for (int i = 0; i < 2; i++) {
        join(&askers[i]);
        first += askers[i].told;
    }
    join(&hooker);
    cr_assert_not_null(stop_hook(s, count_call, &calls[3]));
    cr_assert_eq(first, 1, "%d of 2 say that they were the first", first);
    cr_assert(hooker.told);
    cr_assert_eq(hooker.calls, 1, "%d calls for a hook that came meanwhile",
                 hooker.calls);
    cr_assert_eq(calls[0], 1, "%d calls for the first hook", calls[0]);
    cr_assert_eq(calls[1], 0, "a call for a hook that was taken down");
    cr_assert_eq(calls[2], 1, "%d calls for the third hook", calls[2]);
    cr_assert_eq(calls[3], 1, "%d calls for a late hook", calls[3]);
    stop_unhook(s, hooks[0]);
    stop_destroy(s); /* the other hooks are left to it */
}

/* A reader waits for a parcel with a condition variable that knows nothing of
 * tokens. Its hook rings there, so that it can stop. The whole desk is gone as
 * soon as the hook is down. */
struct desk {
    pthread_mutex_t lock; /* guards rings */
    pthread_cond_t bell;
    int rings;
};

static void ring(void *arg)
{
    struct desk *d = arg;

    pthread_mutex_lock(&d->lock);
    d->rings++;
    pthread_cond_broadcast(&d->bell);
    pthread_mutex_unlock(&d->lock);
}

static struct desk *open_desk(void)
{
    struct desk *d = calloc(1, sizeof(*d));

    if (d != NULL) {
        pthread_mutex_init(&d->lock, NULL);
        pthread_cond_init(&d->bell, NULL);
    }
    return d;
}

/* Returns how often it was rung at. */
static int close_desk(struct desk *d)
{
    int rings = 0;

    pthread_mutex_lock(&d->lock);
    rings = d->rings;
    pthread_mutex_unlock(&d->lock);
    pthread_cond_destroy(&d->bell);
    pthread_mutex_destroy(&d->lock);
    free(d);
    return rings;
}

static void *wait_at_a_desk(void *arg)
{
    struct party *p = arg;
    struct desk *d = open_desk();
    struct stop_hook *hook = d == NULL ? NULL : stop_hook(p->stop, ring, d);

    if (hook != NULL) {
        pthread_mutex_lock(&d->lock);
        while (d->rings == 0) {
            pthread_cond_wait(&d->bell, &d->lock);
        }
        pthread_mutex_unlock(&d->lock);
        stop_unhook(p->stop, hook); /* not with the lock of the desk held */
        p->calls = close_desk(d);
        p->told = true;
    }
    return NULL;
}

/* A reader that does not wait: its hook is down before or after the call. */
static void *pass_by(void *arg)
{
    struct party *p = arg;
    struct desk *d = open_desk();
    struct stop_hook *hook = d == NULL ? NULL : stop_hook(p->stop, ring, d);

    if (hook != NULL) {
        stop_unhook(p->stop, hook);
        p->calls = close_desk(d);
        p->told = true;
    }
    return NULL;
}

Test(stop, after_unhook_the_call_does_not_run, .timeout = 20.0)
{
    struct stop *s = stop_create();
    struct party waiter = {.stop = s};
    struct party passer = {.stop = s};
    bool asked = false;

    cr_assert_not_null(s);
    start(&waiter, wait_at_a_desk);
    start(&passer, pass_by);
    asked = stop_request(s);
    join(&waiter);
    join(&passer);
    cr_assert(asked);
    cr_assert(waiter.told);
    cr_assert(passer.told);
    cr_assert_eq(waiter.calls, 1, "a hook was called %d times", waiter.calls);
    cr_assert_leq(passer.calls, 1, "a hook was called %d times", passer.calls);
    stop_destroy(s);
}

/* A call that uses its token in every way, and takes its own hook down. */
struct busy_call {
    struct stop *stop;
    struct stop_hook *own;
    struct stop_hook *other;
    bool asked;       /* what stop_requested said */
    bool asked_again; /* what stop_request said */
    bool hooked;
    int nested_calls;
    int calls;
};

static void use_the_token(void *arg)
{
    struct busy_call *c = arg;

    c->calls++;
    c->asked = stop_requested(c->stop);
    c->asked_again = stop_request(c->stop);
    c->hooked = stop_hook(c->stop, count_call, &c->nested_calls) != NULL;
    stop_unhook(c->stop, c->other);
    stop_unhook(c->stop, c->own);
}

Test(stop, a_call_may_use_the_token, .timeout = 20.0)
{
    struct stop *s = stop_create();
    struct busy_call call = {.stop = s};
    int others = 0;
    bool asked = false;

    cr_assert_not_null(s);
    call.other = stop_hook(s, count_call, &others);
    call.own = stop_hook(s, use_the_token, &call);
    cr_assert_not_null(call.other);
    cr_assert_not_null(call.own);
    asked = stop_request(s);
    cr_assert(asked);
    cr_assert_eq(call.calls, 1);
    cr_assert(call.asked, "asked, but the call does not see it");
    cr_assert_not(call.asked_again);
    cr_assert(call.hooked);
    cr_assert_eq(call.nested_calls, 1);
    cr_assert_leq(others, 1);
    stop_destroy(s);
}

/* A task that works until it is asked to stop, and says how far it came. */
struct errand {
    struct stop *stop;
    int runs;
    int steps;
};

static int run_errand(void *arg, void **out_value)
{
    struct errand *e = arg;

    e->runs++;
    while (stop_sleep(e->stop, LONG_MS) == 0) {
        e->steps++;
    }
    *out_value = &e->steps;
    return 0;
}

struct runner {
    pthread_t thread;
    struct future *future;
    bool ran;
};

static void *run_future(void *arg)
{
    struct runner *r = arg;

    r->ran = future_run(r->future);
    return NULL;
}

Test(stop, a_future_ends_whether_or_not_it_has_begun, .timeout = 20.0)
{
    struct stop *s = stop_create();
    struct errand errands[2] = {{.stop = s}, {.stop = s}};
    struct future *begun = future_create(run_errand, &errands[0]);
    struct future *waiting = future_create(run_errand, &errands[1]);
    struct runner runner = {.future = begun};
    void *value = &runner;
    int rc = 0;

    cr_assert_not_null(s);
    cr_assert_not_null(begun);
    cr_assert_not_null(waiting);
    cr_assert_eq(pthread_create(&runner.thread, NULL, run_future, &runner), 0);
    /* It may have begun by now, or not: both have to end. */
    rc = stop_future(s, begun, &value);
    cr_assert_eq(pthread_join(runner.thread, NULL), 0);
    if (runner.ran) {
        cr_assert_eq(rc, 0);
        cr_assert_eq(value, &errands[0].steps);
        cr_assert_eq(errands[0].runs, 1);
    } else {
        cr_assert_eq(rc, ECANCELED);
        cr_assert_eq(value, &runner, "*out_value written though cancelled");
        cr_assert_eq(errands[0].runs, 0, "cancelled, and run");
    }
    cr_assert(stop_requested(s), "the future is over, but nobody has asked");
    cr_assert_eq(stop_future(s, waiting, &value), ECANCELED);
    cr_assert_not(future_run(waiting));
    cr_assert_eq(errands[1].runs, 0);
    future_release(begun);
    future_release(waiting);
    stop_destroy(s);
}
