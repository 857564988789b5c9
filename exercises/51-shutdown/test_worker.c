/* SPDX-License-Identifier: MIT */
/* test_worker.c - what worker.h promises, at the end of a worker's life.
 *
 * handle and drop write into a diary without any lock: they never run at the
 * same time, and whoever has called worker_stop may read it. */
#include "worker.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "threadlab.h"

enum { ITEMS = 6 };

/* What became of the items of one test. An item is the address of a number,
 * whose value says which it is, or NULL. */
struct diary {
    struct worker *worker; /* set before the start */
    int handled;
    int dropped;
    const void *order[ITEMS]; /* the handled ones */
    int saw_stopping;

    /* What a handle was told that called its own worker. */
    bool asks; /* the first one is to ask */
    int drain_rc;
    int put_rc;
    bool stopping_before;
    int now_rc;
    bool stopping_after;
};

static void note(void *arg, void *item)
{
    struct diary *d = arg;

    if (d->handled < ITEMS) {
        d->order[d->handled] = item;
    }
    d->handled++;
    d->saw_stopping += worker_stopping(d->worker);
}

static void note_drop(void *arg, void *item)
{
    struct diary *d = arg;

    (void)item;
    d->dropped++;
}

/* Items from the heap: whoever gets one frees it. */
static void note_and_free(void *arg, void *item)
{
    note(arg, item);
    free(item);
}

static void drop_and_free(void *arg, void *item)
{
    note_drop(arg, item);
    free(item);
}

static int put_new(struct worker *w)
{
    void *item = malloc(1);
    int rc = item == NULL ? ENOMEM : worker_put(w, item);

    if (rc != 0) {
        free(item);
    }
    return rc;
}

Test(worker, a_drain_handles_all_in_order, .timeout = 20.0)
{
    struct diary d = {.handled = 0};
    struct worker *w = worker_create(note, note_drop, &d);
    int numbers[ITEMS];
    int failed = 0;

    cr_assert_not_null(w);
    d.worker = w;
    for (int i = 0; i < ITEMS; i++) {
        if (i == 2) {
            failed += worker_start(w) != 0;
        }
        failed += worker_put(w, i == 3 ? NULL : &numbers[i]) != 0;
    }
    failed += worker_stop(w, WORKER_DRAIN) != 0;
    cr_assert_eq(failed, 0);
    cr_assert_eq(d.handled, ITEMS, "%d of %d items were handled", d.handled,
                 ITEMS);
    for (int i = 0; i < ITEMS; i++) {
        cr_assert_eq(d.order[i], i == 3 ? NULL : &numbers[i],
                     "another item came as number %d", i);
    }
    cr_assert_eq(d.dropped, 0, "a drain dropped something");
    cr_assert_eq(d.saw_stopping, 0, "nobody asked for WORKER_NOW");
    cr_assert_eq(worker_put(w, NULL), ESHUTDOWN);
    cr_assert_eq(worker_start(w), ESHUTDOWN);
    cr_assert_eq(worker_stop(w, WORKER_DRAIN), 0, "a second stop");
    worker_destroy(w);
}

struct stopper {
    pthread_t thread;
    struct worker *worker;
    const struct diary *diary;
    int rc;
    int seen; /* how many items were handled when its worker_stop returned */
};

static void *stop_it(void *arg)
{
    struct stopper *s = arg;

    s->rc = worker_stop(s->worker, WORKER_DRAIN);
    if (s->rc == 0) {
        s->seen = s->diary->handled;
    }
    return NULL;
}

static void start_stopper(struct stopper *s, const struct diary *d)
{
    *s = (struct stopper){.worker = d->worker, .diary = d};
    cr_assert_eq(pthread_create(&s->thread, NULL, stop_it, s), 0);
}

Test(worker, every_stop_waits_for_the_end, .timeout = 20.0)
{
    struct diary d = {.handled = 0};
    struct stopper stoppers[3];
    int failed = 0;

    d.worker = worker_create(note, note_drop, &d);
    cr_assert_not_null(d.worker);
    failed += worker_put(d.worker, &d) != 0;
    failed += worker_put(d.worker, &d) != 0;
    failed += worker_start(d.worker) != 0;
    for (int i = 0; i < 3; i++) {
        start_stopper(&stoppers[i], &d);
    }
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(pthread_join(stoppers[i].thread, NULL), 0);
    }
    cr_assert_eq(failed, 0);
    for (int i = 0; i < 3; i++) {
        cr_assert_neq(stoppers[i].rc, EDEADLK,
                      "EDEADLK for a thread that is not the worker's");
        cr_assert_eq(stoppers[i].rc, 0);
        cr_assert_eq(stoppers[i].seen, 2, "a stop returned too early");
    }
    worker_destroy(d.worker);
}

/* The first item handled asks its own worker to stop, in both ways. */
static void ask_and_free(void *arg, void *item)
{
    struct diary *d = arg;

    note_and_free(d, item);
    if (d->asks) {
        d->asks = false;
        d->drain_rc = worker_stop(d->worker, WORKER_DRAIN);
        d->put_rc = put_new(d->worker);
        d->stopping_before = worker_stopping(d->worker);
        d->now_rc = worker_stop(d->worker, WORKER_NOW);
        d->stopping_after = worker_stopping(d->worker);
    }
}

Test(worker, a_stop_now_drops_the_rest, .timeout = 20.0)
{
    struct diary d = {.asks = true};
    int failed = 0;

    d.worker = worker_create(ask_and_free, drop_and_free, &d);
    cr_assert_not_null(d.worker);
    for (int i = 0; i < 3; i++) {
        failed += put_new(d.worker) != 0;
    }
    failed += worker_start(d.worker) != 0;
    failed += worker_stop(d.worker, WORKER_DRAIN) != 0;
    cr_assert_eq(failed, 0);
    cr_assert_eq(d.drain_rc, EDEADLK, "a handle cannot wait for itself");
    cr_assert_eq(d.put_rc, ESHUTDOWN, "a stopped worker took an item");
    cr_assert_not(d.stopping_before, "nobody had asked for WORKER_NOW");
    cr_assert_eq(d.now_rc, EDEADLK, "a handle cannot wait for itself");
    cr_assert(d.stopping_after, "WORKER_NOW was asked for");
    cr_assert_eq(d.handled, 1, "%d handled, though WORKER_NOW was asked for",
                 d.handled);
    cr_assert_eq(d.dropped, 2, "%d of 2 items were dropped", d.dropped);
    worker_destroy(d.worker);
}

/* A handle that asks for the end, and says so. */
struct gate {
    struct diary diary;
    pthread_mutex_t lock;
    pthread_cond_t passed;
    bool asked;
    int rc;
};

static void ask_for_the_end(void *arg, void *item)
{
    struct gate *g = arg;
    int rc = worker_stop(g->diary.worker, WORKER_DRAIN);

    note(&g->diary, item);
    pthread_mutex_lock(&g->lock);
    g->rc = rc;
    g->asked = true;
    pthread_cond_signal(&g->passed);
    pthread_mutex_unlock(&g->lock);
}

Test(worker, a_worker_that_has_ended_is_still_to_be_joined, .timeout = 20.0)
{
    struct gate g = {.lock = PTHREAD_MUTEX_INITIALIZER,
                     .passed = PTHREAD_COND_INITIALIZER};
    struct stopper later;
    int failed = 0;
    int rc = 0;

    g.diary.worker = worker_create(ask_for_the_end, note_drop, &g);
    cr_assert_not_null(g.diary.worker);
    failed += worker_start(g.diary.worker) != 0;
    failed += worker_put(g.diary.worker, &g) != 0;
    if (failed == 0) {
        pthread_mutex_lock(&g.lock);
        while (!g.asked) {
            pthread_cond_wait(&g.passed, &g.lock);
        }
        pthread_mutex_unlock(&g.lock);
    }
    rc = worker_stop(g.diary.worker, WORKER_DRAIN);
    start_stopper(&later, &g.diary); /* perhaps with the worker's old handle */
    cr_assert_eq(pthread_join(later.thread, NULL), 0);
    cr_assert_eq(failed, 0);
    cr_assert_eq(g.rc, EDEADLK, "a handle cannot wait for itself");
    cr_assert_eq(rc, 0);
    cr_assert_neq(later.rc, EDEADLK,
                  "EDEADLK for a thread that came after the worker's");
    cr_assert_eq(later.rc, 0);
    cr_assert_eq(g.diary.handled, 1);
    worker_destroy(g.diary.worker);
}

Test(worker, a_worker_may_end_before_it_starts, .timeout = 20.0)
{
    struct diary d = {.handled = 0};

    d.worker = worker_create(note_and_free, drop_and_free, &d);
    cr_assert_not_null(d.worker);
    cr_assert_eq(put_new(d.worker), 0);
    cr_assert_eq(put_new(d.worker), 0);
    cr_assert_eq(worker_stop(d.worker, WORKER_DRAIN), 0);
    cr_assert_eq(d.handled, 0, "a worker without a thread handled something");
    cr_assert_eq(d.dropped, 2, "%d of 2 items were dropped", d.dropped);
    cr_assert_eq(worker_start(d.worker), ESHUTDOWN, "started after a stop");
    cr_assert_eq(put_new(d.worker), ESHUTDOWN);
    worker_destroy(d.worker);

    /* A start that failed is no start. */
    d = (struct diary){.handled = 0};
    d.worker = worker_create(note_and_free, drop_and_free, &d);
    cr_assert_not_null(d.worker);
    tl_fail_create(0);
    cr_assert_eq(worker_start(d.worker), EAGAIN);
    tl_fail_create(-1);
    cr_assert_eq(worker_start(d.worker), 0, "the first start had failed");
    cr_assert_eq(worker_start(d.worker), EALREADY);
    worker_destroy(d.worker);
}

struct putter {
    pthread_t thread;
    struct worker *worker;
    int taken;
};

static void *put_some(void *arg)
{
    struct putter *p = arg;

    for (int i = 0; i < ITEMS; i++) {
        p->taken += put_new(p->worker) == 0;
    }
    return NULL;
}

Test(worker, what_was_taken_is_handled_or_dropped, .timeout = 20.0)
{
    struct diary d = {.handled = 0};
    struct putter p = {.taken = 0};
    int rc = 0;

    d.worker = worker_create(note_and_free, drop_and_free, &d);
    cr_assert_not_null(d.worker);
    cr_assert_eq(worker_start(d.worker), 0);
    p.worker = d.worker;
    cr_assert_eq(pthread_create(&p.thread, NULL, put_some, &p), 0);
    rc = worker_stop(d.worker, WORKER_NOW);
    cr_assert_eq(pthread_join(p.thread, NULL), 0);
    worker_destroy(d.worker);
    cr_assert_eq(rc, 0);
    cr_assert_eq(d.handled + d.dropped, p.taken,
                 "%d items were taken, %d handled and %d dropped", p.taken,
                 d.handled, d.dropped);
}

struct starter {
    pthread_t thread;
    struct worker *worker;
    int rc;
};

static void *start_it(void *arg)
{
    struct starter *s = arg;

    s->rc = worker_start(s->worker);
    return NULL;
}

/* One of the two comes first, and the other has to see all of it. */
Test(worker, a_start_and_a_stop_may_meet, .timeout = 20.0)
{
    struct diary d = {.handled = 0};
    struct starter s = {.rc = -1};
    int rc = 0;

    d.worker = worker_create(note_and_free, drop_and_free, &d);
    cr_assert_not_null(d.worker);
    s.worker = d.worker;
    cr_assert_eq(put_new(d.worker), 0);
    cr_assert_eq(pthread_create(&s.thread, NULL, start_it, &s), 0);
    rc = worker_stop(d.worker, WORKER_DRAIN);
    cr_assert_eq(pthread_join(s.thread, NULL), 0);
    cr_assert_eq(rc, 0);
    cr_assert(s.rc == 0 || s.rc == ESHUTDOWN, "the start returned %d", s.rc);
    cr_assert_eq(d.handled, s.rc == 0 ? 1 : 0,
                 "the start returned %d, and %d of 1 items were handled", s.rc,
                 d.handled);
    cr_assert_eq(d.handled + d.dropped, 1, "the item was lost");
    worker_destroy(d.worker);
}
