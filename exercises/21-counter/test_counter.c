/* SPDX-License-Identifier: MIT */
/* test_counter.c - what counter.h promises.
 *
 * Workers write into slots of their own, which the test's thread reads after
 * joining them; it asserts nothing while they run, for their slots live on its
 * stack. No test depends on who runs first. */
#include <criterion/criterion.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "counter.h"

#define ROUNDS  200
#define TICKETS 100

/* One worker: what it is to do, and what it found. */
struct worker {
    pthread_t thread;
    struct counter *counter;
    long delta;
    long limit;

    long added;        /* how many additions took place */
    long after;        /* what counter_get said when it was done */
    long got[TICKETS]; /* what each counter_add returned */
};

static struct counter *new_counter(long start)
{
    struct counter *c = counter_create(start);

    cr_assert(c != NULL, "counter_create returned NULL");
    return c;
}

static void start(struct worker *w, struct counter *c, void *(*fn)(void *))
{
    w->counter = c;
    cr_assert_eq(pthread_create(&w->thread, NULL, fn, w), 0);
}

static void finish(struct worker *w)
{
    cr_assert_eq(pthread_join(w->thread, NULL), 0);
}

/* Add `delta` ROUNDS times. */
static void *add_many(void *arg)
{
    struct worker *w = arg;

    for (int i = 0; i < ROUNDS; i++) {
        counter_add(w->counter, w->delta);
    }
    return NULL;
}

/* Draw TICKETS numbers. */
static void *draw_tickets(void *arg)
{
    struct worker *w = arg;

    for (int i = 0; i < TICKETS; i++) {
        w->got[i] = counter_add(w->counter, 1);
    }
    return NULL;
}

/* Add `delta` until the limit forbids it. */
static void *add_until_refused(void *arg)
{
    struct worker *w = arg;

    while (w->added <= w->limit &&
           counter_add_within(w->counter, w->delta, w->limit)) {
        w->added++;
    }
    w->after = counter_get(w->counter);
    return NULL;
}

Test(counter, counts_up_and_down, .timeout = 20.0)
{
    struct counter *c = new_counter(5);
    struct counter *other = new_counter(LONG_MAX - 1);

    cr_assert_eq(counter_get(c), 5);
    cr_assert_eq(counter_add(c, 3), 8);
    cr_assert_eq(counter_add(c, -10), -2);
    cr_assert_eq(counter_get(c), -2);
    cr_assert_eq(counter_add(other, 1), LONG_MAX);
    cr_assert_eq(counter_add(c, 0), -2, "counters share nothing");
    cr_assert_eq(counter_get(other), LONG_MAX);
    counter_destroy(c);
    counter_destroy(other);
}

Test(counter, a_bounded_add_stops_at_the_limit, .timeout = 20.0)
{
    struct counter *c = new_counter(7);

    cr_assert(counter_add_within(c, 2, 10), "9 is within 10");
    cr_assert_eq(counter_get(c), 9);
    cr_assert_not(counter_add_within(c, 2, 10), "11 is above 10");
    cr_assert_eq(counter_get(c), 9, "a refused add changes nothing");
    cr_assert(counter_add_within(c, 1, 10), "10 is within 10");
    cr_assert_not(counter_add_within(c, 1, 10), "11 is above 10");
    cr_assert_eq(counter_add(c, 5), 15, "a plain add knows no limit");
    cr_assert(counter_add_within(c, -5, 10), "10 is within 10");
    cr_assert_eq(counter_get(c), 10);
    counter_destroy(c);
}

Test(counter, no_addition_is_lost, .timeout = 20.0)
{
    struct counter *c = new_counter(1000);
    struct worker w[4] = {
        {.delta = 1}, {.delta = 3}, {.delta = -1}, {.delta = -2}};
    long sum;

    for (size_t i = 0; i < 4; i++) {
        start(&w[i], c, add_many);
    }
    for (size_t i = 0; i < 4; i++) {
        finish(&w[i]);
    }
    sum = counter_get(c);
    cr_assert_eq(sum, 1000 + ROUNDS, "1000, and %d times +1 +3 -1 -2, gave %ld",
                 ROUNDS, sum);
    counter_destroy(c);
}

Test(counter, every_addition_returns_a_value_of_its_own, .timeout = 20.0)
{
    struct counter *c = new_counter(0);
    struct worker w[3] = {{.delta = 1}, {.delta = 1}, {.delta = 1}};
    bool drawn[3 * TICKETS + 1] = {false};

    for (size_t i = 0; i < 3; i++) {
        start(&w[i], c, draw_tickets);
    }
    for (size_t i = 0; i < 3; i++) {
        finish(&w[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < TICKETS; k++) {
            long ticket = w[i].got[k];

            cr_assert(ticket >= 1 && ticket <= 3 * TICKETS,
                      "an addition returned %ld", ticket);
            cr_assert_not(drawn[ticket], "two additions returned %ld", ticket);
            cr_assert(k == 0 || ticket > w[i].got[k - 1],
                      "one thread's values must rise");
            drawn[ticket] = true;
        }
    }
    counter_destroy(c);
}

Test(counter, a_reader_sees_whole_additions_in_order, .timeout = 20.0)
{
    struct counter *c = new_counter(0);
    struct worker w[2] = {{.delta = 2}, {.delta = 4}};
    long seen[ROUNDS];

    for (size_t i = 0; i < 2; i++) {
        start(&w[i], c, add_many);
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        seen[i] = counter_get(c);
    }
    for (size_t i = 0; i < 2; i++) {
        finish(&w[i]);
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        cr_assert_eq(seen[i] % 2, 0, "read %ld: half an addition", seen[i]);
        cr_assert(seen[i] >= 0 && seen[i] <= 6 * ROUNDS, "read %ld", seen[i]);
        cr_assert(i == 0 || seen[i] >= seen[i - 1], "read %ld after %ld",
                  seen[i], seen[i - 1]);
    }
    cr_assert_eq(counter_get(c), 6 * ROUNDS);
    counter_destroy(c);
}

Test(counter, bounded_adds_never_pass_the_limit, .timeout = 20.0)
{
    const long limit = 60;
    struct counter *c = new_counter(0);
    struct worker w[3] = {{.delta = 1}, {.delta = 1}, {.delta = 1}};
    long highest = 0;
    long added = 0;

    for (size_t i = 0; i < 3; i++) {
        w[i].limit = limit;
        start(&w[i], c, add_until_refused);
    }
    for (int i = 0; i < ROUNDS; i++) {
        long now = counter_get(c);

        highest = now > highest ? now : highest;
    }
    for (size_t i = 0; i < 3; i++) {
        finish(&w[i]);
    }
    cr_assert(highest <= limit, "read %ld, the limit is %ld", highest, limit);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(w[i].after, limit, "read %ld after a refusal at %ld",
                     w[i].after, limit);
        added += w[i].added;
    }
    cr_assert_eq(counter_get(c), limit);
    cr_assert_eq(added, limit, "%ld additions were granted of %ld", added,
                 limit);
    counter_destroy(c);
}

Test(counter, a_refused_add_leaves_no_trace, .timeout = 20.0)
{
    /* The two that add seven are refused while there is still room for the
     * one that adds one: it must be able to fill the counter to the brim. */
    const long limit = 60;
    struct counter *c = new_counter(0);
    struct worker w[3] = {{.delta = 7}, {.delta = 7}, {.delta = 1}};
    long sum = 0;

    for (size_t i = 0; i < 3; i++) {
        w[i].limit = limit;
        start(&w[i], c, add_until_refused);
    }
    for (size_t i = 0; i < 3; i++) {
        finish(&w[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        cr_assert(w[i].after <= limit, "read %ld, the limit is %ld", w[i].after,
                  limit);
        sum += w[i].added * w[i].delta;
    }
    cr_assert_eq(sum, limit, "there was room for %ld more", limit - sum);
    cr_assert_eq(counter_get(c), limit);
    counter_destroy(c);
}

Test(counter, any_limit_will_do, .timeout = 20.0)
{
    /* 5 + delta fits into a long; limit - delta would not. */
    struct counter *c = new_counter(5);

    cr_assert(counter_add_within(c, -1, LONG_MAX), "4 is within LONG_MAX");
    cr_assert_eq(counter_get(c), 4);
    cr_assert_not(counter_add_within(c, 1, LONG_MIN), "5 is above LONG_MIN");
    cr_assert_eq(counter_get(c), 4, "a refused add changes nothing");
    cr_assert(counter_add_within(c, LONG_MAX - 4, LONG_MAX),
              "LONG_MAX is within LONG_MAX");
    cr_assert_eq(counter_get(c), LONG_MAX);
    counter_destroy(c);
}
