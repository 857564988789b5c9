/* SPDX-License-Identifier: MIT */
/* test_barrier.c - what barrier.h promises, in any order the threads may run.
 *
 * Threads note what happened in a struct of their own; the test looks at it
 * after joining them. */
#include "barrier.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

enum {
    PARTIES = 3,
    ROUNDS = 4,
    UNTOUCHED = 77,
    LONG_MS = 10000 /* to end a hang; never passes if all is well */
};

static struct barrier *make(unsigned parties)
{
    struct barrier *b = barrier_create(parties);

    cr_assert_not_null(b, "barrier_create(%u) returned NULL", parties);
    return b;
}

static void start(pthread_t *thread, void *(*main_fn)(void *), void *arg)
{
    int rc = pthread_create(thread, NULL, main_fn, arg);

    cr_assert_eq(rc, 0, "pthread_create: %d", rc);
}

static void join(pthread_t thread)
{
    int rc = pthread_join(thread, NULL);

    cr_assert_eq(rc, 0, "pthread_join: %d", rc);
}

Test(barrier, alone_one_need_not_wait, .timeout = 20.0)
{
    struct barrier *b = NULL;
    unsigned index = UNTOUCHED;

    cr_assert_null(barrier_create(0), "a barrier for nobody");
    b = make(1);
    for (int i = 0; i < 2; i++) {
        cr_assert_not(barrier_is_broken(b));
        cr_assert_eq(barrier_wait(b, &index), 0);
        cr_assert_eq(index, 0);
        index = UNTOUCHED;
        cr_assert_eq(barrier_timed_wait(b, 0, &index), 0);
        cr_assert_eq(index, 0);

        barrier_abort(b);
        barrier_abort(b);
        index = UNTOUCHED;
        cr_assert(barrier_is_broken(b));
        cr_assert_eq(barrier_wait(b, &index), ECANCELED);
        cr_assert_eq(barrier_timed_wait(b, LONG_MS, &index), ECANCELED);
        cr_assert_eq(index, UNTOUCHED, "*out_index is written only on 0");
        barrier_reset(b);
    }
    barrier_destroy(b);
}

/* Threads that meet again and again. The tally says how many have come to each
 * meeting; who comes out of one notes how many that were. */
struct tally {
    struct barrier *b;
    pthread_mutex_t lock; /* guards came */
    int came[ROUNDS];
};

struct walker {
    pthread_t thread;
    struct tally *tally;
    bool timed;
    int rc[ROUNDS];
    unsigned index[ROUNDS];
    int met[ROUNDS];
};

static void *walk(void *arg)
{
    struct walker *w = arg;
    struct tally *t = w->tally;

    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&t->lock);
        t->came[i]++;
        pthread_mutex_unlock(&t->lock);
        w->rc[i] = w->timed ? barrier_timed_wait(t->b, LONG_MS, &w->index[i])
                            : barrier_wait(t->b, &w->index[i]);
        pthread_mutex_lock(&t->lock);
        w->met[i] = t->came[i];
        pthread_mutex_unlock(&t->lock);
    }
    return NULL;
}

/* All meetings take place, each complete, and everyone has a number. */
static void walk_all(struct barrier *b, bool timed)
{
    struct tally tally = {.b = b};
    struct walker walkers[PARTIES];

    pthread_mutex_init(&tally.lock, NULL);
    for (int i = 0; i < PARTIES; i++) {
        walkers[i] = (struct walker){.tally = &tally, .timed = timed};
        start(&walkers[i].thread, walk, &walkers[i]);
    }
    for (int i = 0; i < PARTIES; i++) {
        join(walkers[i].thread);
    }
    for (int round = 0; round < ROUNDS; round++) {
        bool taken[PARTIES] = {false};

        for (int i = 0; i < PARTIES; i++) {
            unsigned index = walkers[i].index[round];

            cr_assert_eq(walkers[i].rc[round], 0, "round %d returned %d", round,
                         walkers[i].rc[round]);
            cr_assert_eq(walkers[i].met[round], PARTIES,
                         "one passed round %d when %d had come", round,
                         walkers[i].met[round]);
            cr_assert(index < PARTIES && !taken[index],
                      "two have the number %u in round %d", index, round);
            taken[index] = true;
        }
    }
    pthread_mutex_destroy(&tally.lock);
}

Test(barrier, nobody_passes_before_the_last_has_come, .timeout = 20.0)
{
    struct barrier *b = make(PARTIES);

    walk_all(b, false);
    cr_assert_not(barrier_is_broken(b));
    barrier_destroy(b);
}

/* One wait, and perhaps trouble made right after it. */
struct guest {
    pthread_t thread;
    struct barrier *b;
    bool makes_trouble;
    bool saw_broken; /* after that */
    int rc;
    unsigned index;
};

static void *wait_once(void *arg)
{
    struct guest *g = arg;

    g->rc = barrier_wait(g->b, &g->index);
    if (g->makes_trouble && g->rc == 0) {
        barrier_abort(g->b);
        barrier_reset(g->b);
        barrier_abort(g->b);
    }
    g->saw_broken = barrier_is_broken(g->b);
    return NULL;
}

static void start_guest(struct guest *g, struct barrier *b, bool makes_trouble)
{
    *g = (struct guest){
        .b = b, .makes_trouble = makes_trouble, .index = UNTOUCHED};
    start(&g->thread, wait_once, g);
}

static void assert_sent_home(struct guest *g)
{
    join(g->thread);
    cr_assert_eq(g->rc, ECANCELED, "barrier_wait returned %d", g->rc);
    cr_assert_eq(g->index, UNTOUCHED, "*out_index is written only on 0");
    cr_assert(g->saw_broken);
}

Test(barrier, abort_sends_home_all_who_wait, .timeout = 20.0)
{
    struct barrier *b = make(PARTIES);
    struct guest guests[PARTIES - 1];
    unsigned index = UNTOUCHED;

    for (int i = 0; i < PARTIES - 1; i++) {
        start_guest(&guests[i], b, false);
    }
    barrier_abort(b);
    for (int i = 0; i < PARTIES - 1; i++) {
        assert_sent_home(&guests[i]);
    }
    cr_assert_eq(barrier_wait(b, &index), ECANCELED);
    barrier_reset(b);
    cr_assert_not(barrier_is_broken(b));
    walk_all(b, true); /* it is as good as new */
    barrier_destroy(b);
}

static long now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

Test(barrier, who_is_too_late_breaks_it_for_all, .timeout = 20.0)
{
    struct barrier *b = make(PARTIES);
    struct guest g;
    unsigned index = UNTOUCHED;
    long begun = now_us();

    start_guest(&g, b, false);
    cr_assert_eq(barrier_timed_wait(b, 20, &index), ETIMEDOUT);
    cr_assert_geq(now_us() - begun, 20000, "gave up too soon");
    cr_assert_eq(index, UNTOUCHED, "*out_index is written only on 0");
    cr_assert(barrier_is_broken(b));
    assert_sent_home(&g);
    barrier_reset(b);
    walk_all(b, false);
    barrier_destroy(b);
}

struct late_guest {
    pthread_t thread;
    struct barrier *b;
    int rc;
};

static void *wait_a_little(void *arg)
{
    struct late_guest *g = arg;
    unsigned index = UNTOUCHED;

    g->rc = barrier_timed_wait(g->b, 5, &index);
    return NULL;
}

/* The time may run out just when the last one comes. Then the round is either
 * complete, or it is not; both threads must be told the same. */
Test(barrier, a_round_is_complete_or_too_late_for_all, .timeout = 20.0)
{
    struct barrier *b = make(2);
    struct late_guest guests[2];
    int complete = 0;

    for (int i = 0; i < 2; i++) {
        guests[i] = (struct late_guest){.b = b};
        start(&guests[i].thread, wait_a_little, &guests[i]);
    }
    for (int i = 0; i < 2; i++) {
        join(guests[i].thread);
        complete += guests[i].rc == 0;
    }
    cr_assert(complete == 0 || complete == 2,
              "%d of 2 threads of one round got 0", complete);
    cr_assert_eq(barrier_is_broken(b), complete == 0,
                 "%d of 2 threads got 0, and the barrier is %sbroken", complete,
                 complete == 0 ? "not " : "");
    barrier_destroy(b);
}

/* Comes back as often as it is sent home. */
struct stubborn {
    pthread_t thread;
    struct barrier *b;
    int sent_home;
    int rc;
};

static void *wait_stubbornly(void *arg)
{
    struct stubborn *s = arg;
    unsigned index = 0;

    while ((s->rc = barrier_wait(s->b, &index)) == ECANCELED &&
           s->sent_home < ROUNDS) {
        s->sent_home++;
    }
    return NULL;
}

Test(barrier, reset_begins_a_new_round, .timeout = 20.0)
{
    struct barrier *b = make(2);
    struct stubborn s = {.b = b};
    unsigned index = 0;

    start(&s.thread, wait_stubbornly, &s);
    barrier_reset(b);
    barrier_reset(b);
    cr_assert_eq(barrier_wait(b, &index), 0);
    join(s.thread);
    cr_assert_eq(s.rc, 0);
    cr_assert_leq(s.sent_home, 2);
    cr_assert_not(barrier_is_broken(b));
    barrier_destroy(b);
}

/* The first who comes out breaks the barrier, makes it new and breaks it again:
 * no place in the barrier is left as it was. The others of his round were
 * through by then, awake or not. */
Test(barrier, a_complete_round_stays_complete, .timeout = 20.0)
{
    struct barrier *b = make(PARTIES);
    struct guest guests[PARTIES];

    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < PARTIES; i++) {
            start_guest(&guests[i], b, true);
        }
        for (int i = 0; i < PARTIES; i++) {
            join(guests[i].thread);
        }
        for (int i = 0; i < PARTIES; i++) {
            cr_assert_eq(guests[i].rc, 0,
                         "the round was complete, but a wait "
                         "returned %d",
                         guests[i].rc);
        }
        cr_assert(barrier_is_broken(b), "abort came last, but it is whole");
        barrier_reset(b);
    }
    barrier_destroy(b);
}
