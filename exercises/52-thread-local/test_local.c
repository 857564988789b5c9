/* SPDX-License-Identifier: MIT */
/* test_local.c - what local.h promises, to threads that come and go.
 *
 * A value is a number from the heap; the shop that makes them counts, and
 * frees those that are dropped. */
#include "local.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "threadlab.h"

enum { THREADS = 3 };

struct shop {
    struct local *local; /* set before the first get */
    struct local *other; /* if there is one, drop uses it */
    bool empty;          /* make cannot */

    pthread_mutex_t lock; /* guards every field below */
    int made;
    int dropped;
    int strangers;      /* values dropped that were not of this shop */
    size_t count_below; /* what local_count said in the last drop */
};

struct value {
    struct shop *shop;
    int number;
};

static struct shop new_shop(void)
{
    return (struct shop){.lock = PTHREAD_MUTEX_INITIALIZER};
}

static void *make_value(void *arg)
{
    struct shop *shop = arg;
    struct value *v = NULL;

    if (!shop->empty) {
        v = malloc(sizeof(*v));
    }
    if (v != NULL) {
        v->shop = shop;
        v->number = 0;
        pthread_mutex_lock(&shop->lock);
        shop->made++;
        pthread_mutex_unlock(&shop->lock);
    }
    return v;
}

static void drop_value(void *arg, void *value)
{
    struct shop *shop = arg;
    struct value *v = value;
    size_t count = local_count(shop->local);

    if (shop->other != NULL) {
        local_get(shop->other);
    }
    pthread_mutex_lock(&shop->lock);
    shop->dropped++;
    shop->strangers += v->shop != shop;
    shop->count_below = count;
    pthread_mutex_unlock(&shop->lock);
    free(v);
}

static void open_shop(struct shop *shop)
{
    shop->local = local_create(make_value, drop_value, shop);
    cr_assert_not_null(shop->local, "local_create returned NULL");
}

static int dropped(struct shop *shop)
{
    int n = 0;

    pthread_mutex_lock(&shop->lock);
    n = shop->dropped;
    pthread_mutex_unlock(&shop->lock);
    return n;
}

/* Add 1 to the number of the calling thread. Returns the sum, or -1. */
static int count_up(struct local *l)
{
    struct value *v = local_get(l);

    if (v == NULL) {
        return -1;
    }
    v->number++; /* no lock: it is ours alone */
    return v->number;
}

Test(local, a_thread_keeps_its_values_apart, .timeout = 20.0)
{
    struct shop red = new_shop();
    struct shop blue = new_shop();
    struct value *v = NULL;

    open_shop(&red);
    open_shop(&blue);
    cr_assert_eq(local_count(red.local), 0, "nobody has asked for one yet");
    local_clear(red.local);
    red.empty = true;
    cr_assert_null(local_get(red.local), "make could not");
    cr_assert_eq(local_count(red.local), 0);
    red.empty = false;
    tl_fail_malloc(1); /* whatever is second, the value or what holds it */
    if (local_get(red.local) == NULL) {
        cr_assert_eq(local_count(red.local), 0, "a value that nobody got");
    }
    tl_fail_malloc(-1);
    local_clear(red.local);
    red.made = 0;
    red.dropped = 0;
    v = local_get(red.local);
    cr_assert_not_null(v, "the next get has to try again");
    cr_assert_eq(local_get(red.local), v, "not the same value again");
    cr_assert_eq(v->shop, &red);
    cr_assert_eq(count_up(red.local), 1);
    cr_assert_eq(count_up(red.local), 2);
    cr_assert_eq(count_up(blue.local), 1, "two locals share a value");
    cr_assert_eq(local_count(red.local), 1);

    local_clear(red.local);
    cr_assert_eq(dropped(&red), 1, "cleared, and not dropped");
    cr_assert_eq(red.count_below, 0, "counted while it is dropped");
    cr_assert_eq(local_count(red.local), 0);
    cr_assert_eq(count_up(red.local), 1, "a new value begins anew");
    cr_assert_eq(count_up(blue.local), 2);
    local_destroy(red.local);
    local_destroy(blue.local);
    cr_assert_eq(red.made, 2);
    cr_assert_eq(red.dropped, 2, "%d of 2 values were dropped", red.dropped);
    cr_assert_eq(blue.dropped, 1, "%d of 1 values were dropped", blue.dropped);
    cr_assert_eq(red.count_below, 0, "counted while local_destroy drops it");
    cr_assert_eq(red.strangers + blue.strangers, 0);
}

struct visitor {
    pthread_t thread;
    struct local *local;
    bool clears;
    int last;     /* what it has counted up to */
    size_t count; /* how many values there were, its own included */
};

static void *visit(void *arg)
{
    struct visitor *v = arg;

    count_up(v->local);
    if (v->clears) {
        local_clear(v->local);
        count_up(v->local);
    }
    v->count = local_count(v->local);
    v->last = count_up(v->local);
    return NULL;
}

static void start(struct visitor *v, void *(*main)(void *arg), struct local *l)
{
    v->local = l;
    cr_assert_eq(pthread_create(&v->thread, NULL, main, v), 0);
}

static void join(struct visitor *v)
{
    cr_assert_eq(pthread_join(v->thread, NULL), 0);
}

Test(local, threads_do_not_meet_in_it, .timeout = 20.0)
{
    struct shop shop = new_shop();
    struct visitor visitors[THREADS] = {{.clears = true}};
    int mine = 0;

    open_shop(&shop);
    for (int i = 0; i < THREADS; i++) {
        start(&visitors[i], visit, shop.local);
    }
    mine = count_up(shop.local);
    for (int i = 0; i < THREADS; i++) {
        join(&visitors[i]);
    }
    cr_assert_eq(mine, 1);
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(visitors[i].last, 2, "a thread counted to %d",
                     visitors[i].last);
        cr_assert(visitors[i].count >= 1 && visitors[i].count <= THREADS + 1,
                  "%zu values of %d threads", visitors[i].count, THREADS + 1);
    }
    cr_assert_eq(local_count(shop.local), 1, "only the main thread is left");
    cr_assert_eq(dropped(&shop), THREADS + 1);
    local_destroy(shop.local);
    cr_assert_eq(shop.made, THREADS + 2);
    cr_assert_eq(shop.dropped, THREADS + 2);
}

static void *visit_and_exit(void *arg)
{
    visit(arg);
    pthread_exit(NULL);
}

/* One after the other, so that a later thread may get the handle, and the
 * memory, of an earlier one. */
Test(local, a_thread_that_ends_drops_its_value, .timeout = 20.0)
{
    struct shop shop = new_shop();
    struct visitor v = {.clears = false};

    open_shop(&shop);
    for (int i = 1; i <= THREADS; i++) {
        start(&v, i == 2 ? visit_and_exit : visit, shop.local);
        join(&v);
        cr_assert_eq(v.last, 2, "a new thread found an old value");
        cr_assert_eq(v.count, 1, "%zu values, but one thread", v.count);
        cr_assert_eq(dropped(&shop), i, "%d threads ended, %d values dropped",
                     i, dropped(&shop));
        cr_assert_eq(local_count(shop.local), 0);
    }
    local_destroy(shop.local);
    cr_assert_eq(shop.dropped, THREADS);
}

/* The drop of one uses another, which may have been dropped before. */
Test(local, a_drop_may_use_another_local, .timeout = 20.0)
{
    struct shop log = new_shop();
    struct shop shop = new_shop();
    struct visitor v = {.clears = false};

    open_shop(&log);
    open_shop(&shop);
    shop.other = log.local;
    start(&v, visit, shop.local);
    join(&v);
    cr_assert_eq(v.last, 2);
    cr_assert_eq(shop.made, 1);
    cr_assert_eq(shop.dropped, 1);
    cr_assert_eq(log.made, 1);
    cr_assert_eq(log.dropped, 1, "made in a drop, and not dropped");
    count_up(log.local);
    start(&v, visit, shop.local);
    count_up(log.local);
    join(&v);
    cr_assert_eq(local_count(log.local), 1, "only the main thread is left");
    local_destroy(shop.local);
    local_destroy(log.local);
    cr_assert_eq(log.made, log.dropped);
}

/* A thread that has a value, and stays while the local is destroyed and
 * another one made. */
struct guest {
    struct visitor visitor;
    struct local *next; /* NULL: go home */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool has_value;
    bool may_go;
    int last; /* in the next local */
};

static void *stay(void *arg)
{
    struct guest *g = arg;

    visit(&g->visitor);
    pthread_mutex_lock(&g->lock);
    g->has_value = true;
    pthread_cond_signal(&g->changed);
    while (!g->may_go) {
        pthread_cond_wait(&g->changed, &g->lock);
    }
    pthread_mutex_unlock(&g->lock);
    g->last = count_up(g->next);
    return NULL;
}

Test(local, destroy_drops_what_living_threads_have, .timeout = 20.0)
{
    struct shop old = new_shop();
    struct shop new = new_shop();
    struct guest g = {.lock = PTHREAD_MUTEX_INITIALIZER,
                      .changed = PTHREAD_COND_INITIALIZER};
    int mine = 0;

    open_shop(&old);
    g.visitor.local = old.local;
    cr_assert_eq(pthread_create(&g.visitor.thread, NULL, stay, &g), 0);
    mine = count_up(old.local);
    pthread_mutex_lock(&g.lock);
    while (!g.has_value) {
        pthread_cond_wait(&g.changed, &g.lock);
    }
    pthread_mutex_unlock(&g.lock);
    local_destroy(old.local);

    new.local = local_create(make_value, drop_value, &new);
    pthread_mutex_lock(&g.lock);
    g.next = new.local;
    g.may_go = true;
    pthread_cond_signal(&g.changed);
    pthread_mutex_unlock(&g.lock);
    join(&g.visitor);
    cr_assert_eq(mine, 1);
    cr_assert_eq(old.made, 2);
    cr_assert_eq(old.dropped, 2, "%d of 2 values were dropped", old.dropped);
    cr_assert_eq(old.count_below, 0,
                 "%zu values are there, said local_count in the drop of the "
                 "last",
                 old.count_below);
    cr_assert_eq(g.last, 1, "a value that outlived its local");
    cr_assert_eq(new.made, 1);
    cr_assert_eq(dropped(&new), 1);
    local_destroy(new.local);
}
