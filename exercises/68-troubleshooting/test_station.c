/* SPDX-License-Identifier: MIT */
/* test_station.c - what station.h promises. Each case is named after what
 * somebody would complain about.
 *
 * An instrument notes what it sees in its own place; one worker at a time reads
 * it, and the test looks after it has the answer. */
#include "station.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "threadlab.h"

static struct station *open_station(int workers, station_read *read, void *arg)
{
    struct station *s = station_open(workers, read, arg);

    cr_assert_not_null(s, "station_open returned NULL");
    return s;
}

static void ask(struct station *s, int id)
{
    cr_assert_eq(station_ask(s, id), 0, "a first question was refused");
}

static void answer_is(struct station *s, int id, int want_error, int want)
{
    int value = -1;
    int error = station_answer(s, id, &value);

    cr_assert_eq(error, want_error,
                 "instrument %d said %d (0, or an errno number), and "
                 "station_answer returned %d",
                 id, want_error, error);
    cr_assert_eq(value, want, "instrument %d reads %d, and the answer was %d",
                 id, want, value);
}

static int twice(void *arg, int id, int *out_value)
{
    (void)arg;
    *out_value = 2 * id;
    return 0;
}

Test(station, every_question_gets_its_answer, .timeout = 20.0)
{
    struct station *s = open_station(2, twice, NULL);

    for (int id = 0; id < 3; id++) {
        ask(s, id);
    }
    cr_assert_eq(station_ask(s, 1), EEXIST, "the same question again");
    for (int id = 2; id >= 0; id--) {
        answer_is(s, id, 0, 2 * id);
    }
    station_close(s);
}

static int odd_ones_fail(void *arg, int id, int *out_value)
{
    (void)arg;
    *out_value = id;
    return id % 2 == 1 ? EIO : 0;
}

Test(station, an_error_comes_back_to_who_asked, .timeout = 20.0)
{
    struct station *s = open_station(1, odd_ones_fail, NULL);
    struct station_count c;

    ask(s, 3);
    ask(s, 4);
    answer_is(s, 3, EIO, -1);
    answer_is(s, 4, 0, 4);
    station_count(s, &c);
    cr_assert_eq(c.answered, 1);
    cr_assert_eq(c.failed, 1, "a failed reading is not counted");
    station_close(s);
}

struct asker {
    pthread_t thread;
    struct station *s;
    int id;
    int rc;
};

static void *asker_main(void *arg)
{
    struct asker *a = arg;

    a->rc = station_ask(a->s, a->id);
    return NULL;
}

Test(station, the_counts_add_up_at_any_moment, .timeout = 20.0)
{
    struct station *s = open_station(1, twice, NULL);
    struct asker a = {.s = s, .id = 5, .rc = -1};
    struct station_count c;

    cr_assert_eq(pthread_create(&a.thread, NULL, asker_main, &a), 0);
    for (int i = 0; i < 2; i++) {
        station_count(s, &c);
        cr_assert_eq(c.asked, c.queued + c.in_work + c.answered + c.failed,
                     "of %d questions %d are queued, %d in work, %d answered "
                     "and %d failed",
                     c.asked, c.queued, c.in_work, c.answered, c.failed);
    }
    cr_assert_eq(pthread_join(a.thread, NULL), 0);
    cr_assert_eq(a.rc, 0);
    answer_is(s, 5, 0, 10);
    station_count(s, &c);
    cr_assert_eq(c.asked, 1);
    cr_assert_eq(c.answered, 1, "an answer that is there is not counted");
    station_close(s);
}

/* Two readings, each of which goes on only when the other has begun. */
struct pair {
    pthread_mutex_t lock;
    pthread_cond_t both_here;
    int here;
};

static int read_together(void *arg, int id, int *out_value)
{
    struct pair *p = arg;

    pthread_mutex_lock(&p->lock);
    p->here++;
    pthread_cond_broadcast(&p->both_here);
    while (p->here < 2) {
        pthread_cond_wait(&p->both_here, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    *out_value = id;
    return 0;
}

Test(station, two_workers_are_no_slower_than_one, .timeout = 20.0)
{
    struct pair p = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
    struct station *s = open_station(2, read_together, &p);

    ask(s, 0);
    ask(s, 1);
    answer_is(s, 0, 0, 0);
    answer_is(s, 1, 0, 1);
    station_close(s);
    pthread_cond_destroy(&p.both_here);
    pthread_mutex_destroy(&p.lock);
}

static void *answer_main(void *arg)
{
    struct asker *a = arg;
    int value = -1;

    a->rc = station_answer(a->s, a->id, &value);
    return NULL;
}

Test(station, everyone_who_waits_gets_an_answer, .timeout = 20.0)
{
    struct station *s = open_station(1, twice, NULL);
    struct asker a = {.s = s, .id = 6, .rc = -1};

    ask(s, 5);
    ask(s, 6);
    cr_assert_eq(pthread_create(&a.thread, NULL, answer_main, &a), 0);
    answer_is(s, 5, 0, 10);
    cr_assert_eq(pthread_join(a.thread, NULL), 0);
    cr_assert_eq(a.rc, 0);
    station_close(s);
}

/* An instrument that is overloaded for its first readings. */
struct overloaded {
    int times;
    int readings;
    int too_soon;
    double last; /* seconds */
};

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int read_overloaded(void *arg, int id, int *out_value)
{
    struct overloaded *o = arg;
    double now = seconds(), pause = STATION_PAUSE / 1000.0;

    for (int i = 1; i < o->readings; i++) {
        pause *= 2;
    }
    o->too_soon += o->readings > 0 && now - o->last < pause - 1e-6;
    o->readings++;
    o->last = now;
    *out_value = id;
    return o->readings > o->times ? 0 : EAGAIN;
}

Test(station, an_overloaded_instrument_is_given_time, .timeout = 20.0)
{
    struct overloaded o = {.times = STATION_TRIES - 1};
    struct station *s = open_station(1, read_overloaded, &o);

    ask(s, 7);
    answer_is(s, 7, 0, 7);
    station_close(s);
    cr_assert_eq(o.readings, STATION_TRIES);
    cr_assert_eq(o.too_soon, 0,
                 "%d of %d readings came too soon after the one "
                 "before",
                 o.too_soon, o.readings);
}

Test(station, an_instrument_is_given_up_in_the_end, .timeout = 20.0)
{
    struct overloaded o = {.times = 1000};
    struct station *s = open_station(1, read_overloaded, &o);

    ask(s, 8);
    answer_is(s, 8, EAGAIN, -1);
    station_close(s);
    cr_assert_eq(o.readings, STATION_TRIES, "read %d times", o.readings);
}

static int ask_and_count(void *arg, int id, int *out_value)
{
    struct station **s = arg;
    struct station_count c;

    if (id == 0) {
        station_ask(*s, 1);
    }
    station_count(*s, &c);
    *out_value = c.in_work;
    return 0;
}

Test(station, a_reading_leads_to_another, .timeout = 20.0)
{
    struct station *s;

    /* The worker reads `s` after it was asked, hence after the assignment. */
    s = open_station(1, ask_and_count, &s);
    ask(s, 0);
    answer_is(s, 0, 0, 1);
    answer_is(s, 1, 0, 1);
    station_close(s);
}

Test(station, the_program_ends, .timeout = 20.0)
{
    struct station *s = open_station(3, twice, NULL);

    station_close(s);
    s = open_station(2, twice, NULL);
    ask(s, 9);
    station_close(s);
}

/* Notes of each instrument whether it was read. */
static int note_reading(void *arg, int id, int *out_value)
{
    bool *was_read = arg;

    was_read[id] = true;
    *out_value = id;
    return 0;
}

Test(station, what_was_asked_last_is_read_too, .timeout = 20.0)
{
    bool was_read[STATION_IDS] = {false};
    struct station *s = open_station(1, note_reading, was_read);

    ask(s, 2);
    ask(s, 3);
    station_close(s);
    cr_assert(was_read[2] && was_read[3],
              "station_close left a question without its answer");
}

Test(station, nothing_is_left_when_a_thread_cannot_start, .timeout = 20.0)
{
    struct station *s;

    tl_fail_create(1);
    s = station_open(2, twice, NULL);
    cr_assert_null(s, "station_open did without its second worker");
}
