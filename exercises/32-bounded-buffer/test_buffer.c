/* SPDX-License-Identifier: MIT */
/* test_buffer.c - what buffer.h promises, in any order the threads may run.
 *
 * Threads note in their own struct what they put and got; the test looks at it
 * after pthread_join. Whatever a buffer does wrong, no thread here makes more
 * than a fixed number of calls. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

enum {
    PAIRS = 2,  /* putters, and as many getters */
    SHARE = 40, /* items each of them puts or gets */
    ITEMS = PAIRS * SHARE,
    UNTOUCHED = -7
};

static struct buffer *make(size_t capacity)
{
    struct buffer *b = buffer_create(capacity);

    cr_assert_not_null(b, "buffer_create returned NULL");
    return b;
}

/* Put SHARE items that say who put them: first_item, first_item + 1, ... */
struct putter {
    struct buffer *b;
    int first_item;
    int failed; /* puts that did not return 0 */
};

static void *put_share(void *arg)
{
    struct putter *p = arg;

    for (int i = 0; i < SHARE; i++) {
        p->failed += buffer_put(p->b, p->first_item + i) != 0;
    }
    return NULL;
}

static void start_putters(struct buffer *b, struct putter putters[PAIRS],
                          pthread_t threads[PAIRS])
{
    for (int i = 0; i < PAIRS; i++) {
        putters[i] = (struct putter){b, i * SHARE, 0};
        cr_assert_eq(pthread_create(&threads[i], NULL, put_share, &putters[i]),
                     0);
    }
}

static void join_all(const pthread_t threads[PAIRS])
{
    for (int i = 0; i < PAIRS; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    }
}

/* What one thread got, in the order it came. */
struct getter {
    struct buffer *b;
    int limit; /* get so many items at most */
    int count;
    int got[ITEMS + 1];
    int last_rc;
};

static void *get_until_limit_or_error(void *arg)
{
    struct getter *g = arg;

    while (g->count < g->limit) {
        g->last_rc = buffer_get(g->b, &g->got[g->count]);
        if (g->last_rc != 0) {
            break;
        }
        g->count++;
    }
    return NULL;
}

static void start_getters(struct buffer *b, int limit,
                          struct getter getters[PAIRS],
                          pthread_t threads[PAIRS])
{
    for (int i = 0; i < PAIRS; i++) {
        getters[i].b = b;
        getters[i].limit = limit;
        getters[i].count = 0;
        getters[i].last_rc = 0;
        cr_assert_eq(pthread_create(&threads[i], NULL, get_until_limit_or_error,
                                    &getters[i]),
                     0);
    }
}

/* Strike off in `seen` what `g` got: nothing twice, nothing that nobody put,
 * and the items of each putter in order. */
static void strike_off(const struct getter *g, bool seen[ITEMS])
{
    int last[PAIRS];

    for (int i = 0; i < PAIRS; i++) {
        last[i] = -1;
    }
    for (int i = 0; i < g->count; i++) {
        int item = g->got[i];

        cr_assert(item >= 0 && item < ITEMS, "got an item that nobody put");
        cr_assert_not(seen[item], "item %d came out twice", item);
        seen[item] = true;
        cr_assert_gt(item, last[item / SHARE],
                     "items of one thread came out in another order");
        last[item / SHARE] = item;
    }
}

static void assert_all_seen(const bool seen[ITEMS])
{
    for (int i = 0; i < ITEMS; i++) {
        cr_assert(seen[i], "item %d went in and never came out", i);
    }
}

Test(buffer, items_leave_in_the_order_they_came, .timeout = 20.0)
{
    struct buffer *b = make(3);
    int item = UNTOUCHED;

    cr_assert_eq(buffer_count(b), 0, "a new buffer is not empty");
    cr_assert_eq(buffer_put(b, 0), 0);
    for (int i = 0; i < 16; i += 2) {
        cr_assert_eq(buffer_put(b, i + 1), 0);
        cr_assert_eq(buffer_put(b, i + 2), 0);
        cr_assert_eq(buffer_count(b), 3);
        cr_assert_eq(buffer_get(b, &item), 0);
        cr_assert_eq(item, i, "not the oldest item");
        cr_assert_eq(buffer_get(b, &item), 0);
        cr_assert_eq(item, i + 1, "not the oldest item");
        cr_assert_eq(buffer_count(b), 1);
    }
    buffer_destroy(b);
}

Test(buffer, a_closed_buffer_gives_out_what_it_has, .timeout = 20.0)
{
    struct buffer *b = make(3);
    int item = UNTOUCHED;

    cr_assert_eq(buffer_put(b, 1), 0);
    cr_assert_eq(buffer_put(b, 2), 0);
    buffer_close(b);
    cr_assert_eq(buffer_put(b, 3), ESHUTDOWN, "a put into a closed buffer");
    cr_assert_eq(buffer_count(b), 2);
    cr_assert_eq(buffer_get(b, &item), 0, "close lost what was inside");
    cr_assert_eq(item, 1);
    buffer_close(b);
    cr_assert_eq(buffer_get(b, &item), 0, "close lost what was inside");
    cr_assert_eq(item, 2);
    item = UNTOUCHED;
    cr_assert_eq(buffer_get(b, &item), ESHUTDOWN, "closed and empty");
    cr_assert_eq(item, UNTOUCHED, "*out_item written by a get that failed");
    cr_assert_eq(buffer_count(b), 0);
    buffer_destroy(b);
}

/* As many getters as putters, and each has its fixed share to do. */
static void trade_through(size_t capacity)
{
    struct buffer *b = make(capacity);
    struct putter putters[PAIRS];
    struct getter getters[PAIRS];
    pthread_t put_threads[PAIRS];
    pthread_t get_threads[PAIRS];
    bool seen[ITEMS] = {false};

    start_getters(b, SHARE, getters, get_threads);
    start_putters(b, putters, put_threads);
    join_all(put_threads);
    join_all(get_threads);
    for (int i = 0; i < PAIRS; i++) {
        cr_assert_eq(putters[i].failed, 0);
        cr_assert_eq(getters[i].count, SHARE, "a get of an open buffer failed");
        strike_off(&getters[i], seen);
    }
    assert_all_seen(seen);
    cr_assert_eq(buffer_count(b), 0);
    buffer_destroy(b);
}

Test(buffer, several_threads_share_one_slot, .timeout = 20.0)
{
    trade_through(1);
}

Test(buffer, several_threads_share_a_few_slots, .timeout = 20.0)
{
    trade_through(3);
}

Test(buffer, a_full_buffer_makes_putters_wait, .timeout = 20.0)
{
    const size_t capacity = 2;
    struct buffer *b = make(capacity);
    struct putter putters[PAIRS];
    struct getter g = {.b = b, .limit = ITEMS};
    pthread_t threads[PAIRS];
    bool seen[ITEMS] = {false};
    bool too_full = false;

    start_putters(b, putters, threads);
    while (g.count < ITEMS && g.last_rc == 0) {
        too_full = too_full || buffer_count(b) > capacity;
        g.last_rc = buffer_get(b, &g.got[g.count]);
        g.count += g.last_rc == 0;
    }
    cr_assert_eq(g.last_rc, 0, "a get of an open buffer failed");
    join_all(threads);
    cr_assert_not(too_full, "the buffer held more than its capacity");
    strike_off(&g, seen);
    assert_all_seen(seen);
    buffer_destroy(b);
}

Test(buffer, close_releases_every_getter, .timeout = 20.0)
{
    struct buffer *b = make(2);
    struct getter getters[PAIRS];
    pthread_t threads[PAIRS];
    bool seen[ITEMS] = {false};

    start_getters(b, ITEMS + 1, getters, threads);
    for (int i = 0; i < ITEMS; i++) {
        cr_assert_eq(buffer_put(b, i), 0);
    }
    buffer_close(b);
    join_all(threads);
    for (int i = 0; i < PAIRS; i++) {
        cr_assert_eq(getters[i].last_rc, ESHUTDOWN);
        strike_off(&getters[i], seen);
    }
    assert_all_seen(seen);
    buffer_destroy(b);
}

struct late_putter {
    struct buffer *b;
    int rc;
};

static void *put_one(void *arg)
{
    struct late_putter *p = arg;

    p->rc = buffer_put(p->b, UNTOUCHED);
    return NULL;
}

Test(buffer, close_releases_every_putter, .timeout = 20.0)
{
    struct buffer *b = make(2);
    struct late_putter putters[PAIRS];
    pthread_t threads[PAIRS];
    int item = 0;

    cr_assert_eq(buffer_put(b, 1), 0);
    cr_assert_eq(buffer_put(b, 2), 0);
    for (int i = 0; i < PAIRS; i++) {
        putters[i] = (struct late_putter){b, 0};
        cr_assert_eq(pthread_create(&threads[i], NULL, put_one, &putters[i]),
                     0);
    }
    buffer_close(b);
    join_all(threads);
    for (int i = 0; i < PAIRS; i++) {
        cr_assert_eq(putters[i].rc, ESHUTDOWN, "a full, closed buffer took it");
    }
    cr_assert_eq(buffer_count(b), 2);
    cr_assert_eq(buffer_get(b, &item), 0);
    cr_assert_eq(item, 1, "a put that failed changed the buffer");
    cr_assert_eq(buffer_get(b, &item), 0);
    cr_assert_eq(item, 2, "a put that failed changed the buffer");
    cr_assert_eq(buffer_get(b, &item), ESHUTDOWN);
    buffer_destroy(b);
}

Test(buffer, room_after_the_close_is_for_nobody, .timeout = 20.0)
{
    struct buffer *b = make(1);
    struct late_putter putter = {b, 0};
    pthread_t thread;
    int item = 0;

    cr_assert_eq(buffer_put(b, 1), 0);
    cr_assert_eq(pthread_create(&thread, NULL, put_one, &putter), 0);
    buffer_close(b);
    cr_assert_eq(buffer_get(b, &item), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_eq(item, 1);
    cr_assert_eq(putter.rc, ESHUTDOWN, "there was room, but it was closed");
    cr_assert_eq(buffer_count(b), 0, "a put that failed changed the buffer");
    buffer_destroy(b);
}
