/* SPDX-License-Identifier: MIT */
/* test_visits.c - what visits.h promises, where several threads do what a GIL
 * used to keep apart. */
#include "visits.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "threadlab.h"

enum { HOME = 1, SHOP = 7, HITS = 3 };

static long measure_nothing(void *arg)
{
    (void)arg;
    return 0;
}

static struct visits *create(long (*measure)(void *arg), void *arg)
{
    struct visits *v = visits_create(measure, arg);

    cr_assert_not_null(v, "visits_create returned NULL");
    return v;
}

static void check_title(struct visits *v, int page, const char *expected)
{
    char *title = visits_title(v, page);

    cr_assert_not_null(title, "there is no title");
    cr_assert_str_eq(title, expected, "the title is %s", title);
    free(title);
}

/* What the calls of visits_each have seen. */
struct walk {
    struct visits *visits; /* to add to; NULL: do not */
    int pages[16];
    int count;
    long of_home;
};

static void note(int page, void *arg)
{
    struct walk *w = arg;

    if (w->count < 16) {
        w->pages[w->count] = page;
    }
    w->count++;
    w->of_home += page == HOME;
    if (w->visits != NULL && w->count <= 8) {
        visits_hit(w->visits, SHOP);
    }
}

Test(visits, one_thread_finds_what_it_did, .timeout = 20.0)
{
    struct visits *v = create(measure_nothing, NULL);
    struct walk first = {.visits = v};
    struct walk second = {.visits = NULL};
    char title[] = "Home";
    int rc = 0;

    cr_assert_eq(visits_count(v, HOME), 0);
    cr_assert_eq(visits_take(v), 0);
    cr_assert_null(visits_title(v, HOME), "a title that nobody has set");
    for (int i = 0; i < HITS; i++) {
        cr_assert_eq(visits_hit(v, i == 1 ? SHOP : HOME), 0);
    }
    cr_assert_eq(visits_count(v, HOME), 2, "two visits, counted as %ld",
                 visits_count(v, HOME));
    cr_assert_eq(visits_set_title(v, HOME, title), 0);
    title[0] = '?';
    check_title(v, HOME, "Home");
    cr_assert_eq(visits_set_title(v, HOME, "At home"), 0);
    check_title(v, HOME, "At home");
    cr_assert_eq(visits_set_title(v, 8, "Nobody came"), 0);
    cr_assert_eq(visits_count(v, 8), 0, "a title is no visit");
    cr_assert_eq(visits_count(v, HOME), 2, "a title has changed the count");
    cr_assert_eq(visits_take(v), HITS, "not all visits were in the total");
    cr_assert_eq(visits_take(v), 0, "it was taken already");

    /* Who walks the log may add to it. */
    cr_assert_eq(visits_each(v, note, &first), 0);
    cr_assert_eq(first.count, HITS, "%d visits were made, and %d calls", HITS,
                 first.count);
    cr_assert_eq(first.pages[0], HOME);
    cr_assert_eq(first.pages[1], SHOP, "the log is not in order");
    cr_assert_eq(visits_each(v, note, &second), 0);
    cr_assert_eq(second.count, 2 * HITS, "now %d visits, and %d calls",
                 2 * HITS, second.count);
    cr_assert_eq(visits_count(v, SHOP), 1 + HITS);

    for (int spare = 0; spare < 3; spare++) {
        long before = visits_count(v, 9);

        tl_fail_malloc(spare);
        rc = visits_hit(v, 9);
        tl_fail_malloc(-1);
        cr_assert(rc == 0 || rc == ENOMEM, "visits_hit returned %d", rc);
        cr_assert_eq(visits_count(v, 9), before + (rc == 0),
                     "visits_hit returned %d, but counted otherwise", rc);
    }
    visits_destroy(v);
}

struct visitor {
    pthread_t thread;
    struct visits *visits;
    int failed;
    long taken;
};

static void *hit_and_take(void *arg)
{
    struct visitor *t = arg;

    for (int i = 0; i < HITS; i++) {
        t->failed += visits_hit(t->visits, i == 0 ? SHOP : HOME) != 0;
        if (i == 1) {
            t->taken += visits_take(t->visits);
        }
    }
    return NULL;
}

static void start(struct visitor *t, void *(*main)(void *arg), struct visits *v)
{
    *t = (struct visitor){.visits = v};
    cr_assert_eq(pthread_create(&t->thread, NULL, main, t), 0);
}

Test(visits, no_visit_is_lost_or_counted_twice, .timeout = 20.0)
{
    struct visits *v = create(measure_nothing, NULL);
    struct visitor visitors[3];
    struct walk w = {.visits = NULL};
    long taken = 0;

    for (int i = 0; i < 3; i++) {
        start(&visitors[i], hit_and_take, v);
    }
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(pthread_join(visitors[i].thread, NULL), 0);
        cr_assert_eq(visitors[i].failed, 0, "visits_hit has failed");
        taken += visitors[i].taken;
    }
    taken += visits_take(v);
    cr_assert_eq(visits_count(v, SHOP), 3, "3 visits, counted as %ld",
                 visits_count(v, SHOP));
    cr_assert_eq(visits_count(v, HOME), 6, "6 visits, counted as %ld",
                 visits_count(v, HOME));
    cr_assert_eq(visits_each(v, note, &w), 0);
    cr_assert_eq(w.count, 9, "9 visits, and %d in the log", w.count);
    cr_assert_eq(taken, 9, "9 visits, and %ld in all totals", taken);
    visits_destroy(v);
}

static void *hit_home(void *arg)
{
    struct visitor *t = arg;

    for (int i = 0; i < 2; i++) {
        t->failed += visits_hit(t->visits, HOME) != 0;
    }
    return NULL;
}

Test(visits, a_visit_is_never_seen_by_halves, .timeout = 20.0)
{
    struct visits *v = create(measure_nothing, NULL);
    struct walk w = {.visits = NULL};
    struct visitor t;
    long before = 0;
    long after = 0;

    for (int i = 0; i < 4; i++) { /* so that the log soon has to grow */
        cr_assert_eq(visits_hit(v, SHOP), 0);
    }
    start(&t, hit_home, v);
    before = visits_count(v, HOME);
    cr_assert_eq(visits_each(v, note, &w), 0);
    after = visits_count(v, HOME);
    cr_assert_eq(pthread_join(t.thread, NULL), 0);
    cr_assert_eq(t.failed, 0, "visits_hit has failed");
    cr_assert_leq(before, w.of_home,
                  "%ld visits were counted, and then %ld were in the log",
                  before, w.of_home);
    cr_assert_leq(w.of_home, after,
                  "%ld visits were in the log, and then %ld were counted",
                  w.of_home, after);
    visits_destroy(v);
}

Test(visits, a_total_has_what_was_counted, .timeout = 20.0)
{
    struct visits *v = create(measure_nothing, NULL);
    struct visitor t;
    long before = 0;
    long taken = 0;
    long after = 0;

    start(&t, hit_home, v);
    before = visits_count(v, HOME);
    taken = visits_take(v);
    after = visits_count(v, HOME);
    cr_assert_eq(pthread_join(t.thread, NULL), 0);
    cr_assert_eq(t.failed, 0, "visits_hit has failed");
    cr_assert_leq(before, taken,
                  "%ld visits were counted, and then %ld were in the total",
                  before, taken);
    cr_assert_leq(taken, after,
                  "%ld visits were in the total, and then %ld were counted",
                  taken, after);
    visits_destroy(v);
}

static void *set_titles(void *arg)
{
    struct visitor *t = arg;

    t->failed += visits_set_title(t->visits, HOME, "welcome") != 0;
    t->failed += visits_set_title(t->visits, HOME, "home, sweet home") != 0;
    return NULL;
}

Test(visits, a_title_is_there_as_long_as_it_is_used, .timeout = 20.0)
{
    struct visits *v = create(measure_nothing, NULL);
    struct visitor t;
    char *titles[2];

    cr_assert_eq(visits_set_title(v, HOME, "home"), 0);
    start(&t, set_titles, v);
    for (int i = 0; i < 2; i++) {
        titles[i] = visits_title(v, HOME);
    }
    cr_assert_eq(pthread_join(t.thread, NULL), 0);
    cr_assert_eq(t.failed, 0, "visits_set_title has failed");
    for (int i = 0; i < 2; i++) {
        cr_assert_not_null(titles[i], "a title that was set is not there");
        cr_assert(strcmp(titles[i], "home") == 0 ||
                      strcmp(titles[i], "welcome") == 0 ||
                      strcmp(titles[i], "home, sweet home") == 0,
                  "nobody has set the title %s", titles[i]);
        free(titles[i]);
    }
    check_title(v, HOME, "home, sweet home");
    visits_destroy(v);
}

/* A call, or a measure, that waits for another thread to visit a page. */
struct waiting {
    struct visits *visits;

    pthread_mutex_t lock; /* guards both below */
    int runs;             /* of measure, or calls */
    int failed;
};

static void hit_in_a_thread(struct waiting *w)
{
    struct visitor t = {.visits = w->visits};

    if (pthread_create(&t.thread, NULL, hit_home, &t) == 0) {
        pthread_join(t.thread, NULL);
        pthread_mutex_lock(&w->lock);
        w->failed += t.failed;
        pthread_mutex_unlock(&w->lock);
    }
}

static long measure(void *arg)
{
    struct waiting *w = arg;

    hit_in_a_thread(w);
    pthread_mutex_lock(&w->lock);
    w->runs++;
    pthread_mutex_unlock(&w->lock);
    return visits_count(w->visits, HOME) > 0 ? 42 : 0;
}

static void wait_for_hits(int page, void *arg)
{
    struct waiting *w = arg;

    (void)page;
    w->runs++;
    if (w->runs == 1) {
        hit_in_a_thread(w);
    }
}

static void *ask_for_base(void *arg)
{
    struct visitor *t = arg;

    t->taken = visits_base(t->visits);
    return NULL;
}

Test(visits, the_base_is_measured_once, .timeout = 20.0)
{
    struct waiting w = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct visitor t[2]; /* so that two may wait for the one who measures */
    long base = 0;

    w.visits = create(measure, &w);
    start(&t[0], ask_for_base, w.visits);
    start(&t[1], ask_for_base, w.visits);
    base = visits_base(w.visits);
    cr_assert_eq(base, 42, "the base is %ld", base);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_join(t[i].thread, NULL), 0);
        cr_assert_eq(t[i].taken, 42, "the base is %ld in another thread",
                     t[i].taken);
    }
    cr_assert_eq(visits_base(w.visits), 42, "it is another base now");
    cr_assert_eq(w.runs, 1, "it was measured %d times", w.runs);
    cr_assert_eq(w.failed, 0, "visits_hit has failed");
    visits_destroy(w.visits);
}

Test(visits, a_walk_stops_nobody, .timeout = 20.0)
{
    struct waiting w = {.lock = PTHREAD_MUTEX_INITIALIZER};

    w.visits = create(measure_nothing, NULL);
    cr_assert_eq(visits_hit(w.visits, SHOP), 0);
    cr_assert_eq(visits_each(w.visits, wait_for_hits, &w), 0);
    cr_assert_eq(w.failed, 0, "visits_hit has failed");
    cr_assert_eq(w.runs, 1, "one visit was in the log, and %d calls were made",
                 w.runs);
    cr_assert_eq(visits_count(w.visits, HOME), 2, "2 visits, counted as %ld",
                 visits_count(w.visits, HOME));
    visits_destroy(w.visits);
}
