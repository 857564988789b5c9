/* SPDX-License-Identifier: MIT */
/* test_sema.c - what sema.h promises, in any order the threads may run.
 *
 * Threads note what happened in a struct of their own; the test looks at it
 * after joining them. */
#include "sema.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

enum {
    THREADS = 3,
    ROUNDS = 4,
    LONG_MS = 10000 /* to end a hang; never passes if all is well */
};

static struct sema *make(unsigned value)
{
    struct sema *s = sema_create(value);

    cr_assert_not_null(s, "sema_create returned NULL");
    return s;
}

static struct sema *make_bounded(unsigned value)
{
    struct sema *s = sema_create_bounded(value);

    cr_assert_not_null(s, "sema_create_bounded returned NULL");
    return s;
}

/* Take all the units that there are, and see that they are so many. */
static void assert_units(struct sema *s, unsigned expected)
{
    for (unsigned i = 0; i < expected; i++) {
        cr_assert_eq(sema_try_acquire(s), 0, "%u units instead of %u", i,
                     expected);
    }
    cr_assert_eq(sema_try_acquire(s), EAGAIN, "more than %u units", expected);
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

/* One call of sema_release, in a thread of its own. */
struct releaser {
    pthread_t thread;
    struct sema *s;
    unsigned n;
    int rc;
};

static void *release_main(void *arg)
{
    struct releaser *r = arg;

    r->rc = sema_release(r->s, r->n);
    return NULL;
}

/* Release in a thread that has ended when this returns: what it leaves locked
 * nobody will unlock. */
static int release_in_a_thread(struct sema *s, unsigned n)
{
    struct releaser r = {.s = s, .n = n};

    start(&r.thread, release_main, &r);
    join(r.thread);
    return r.rc;
}

Test(sema, units_are_counted, .timeout = 20.0)
{
    struct sema *s = make(2);

    sema_acquire(s);
    assert_units(s, 1);
    cr_assert_eq(sema_release(s, 0), EINVAL);
    cr_assert_eq(sema_release(s, 1), 0);
    cr_assert_eq(sema_release(s, 2), 0);
    cr_assert_eq(release_in_a_thread(s, UINT_MAX), EOVERFLOW);
    cr_assert_eq(release_in_a_thread(s, UINT_MAX - 2), EOVERFLOW);
    assert_units(s, 3);
    cr_assert_eq(sema_release(s, UINT_MAX), 0);
    sema_destroy(s);

    s = make(0);
    assert_units(s, 0);
    cr_assert_eq(sema_release(s, 1), 0);
    assert_units(s, 1);
    sema_destroy(s);
}

Test(sema, a_bounded_one_refuses_what_is_too_many, .timeout = 20.0)
{
    struct sema *s = make_bounded(3);

    cr_assert_eq(release_in_a_thread(s, 1), EOVERFLOW);
    sema_acquire(s);
    sema_acquire(s);
    cr_assert_eq(release_in_a_thread(s, 3), EOVERFLOW);
    cr_assert_eq(release_in_a_thread(s, UINT_MAX), EOVERFLOW);
    assert_units(s, 1);
    cr_assert_eq(release_in_a_thread(s, 2), 0);
    cr_assert_eq(sema_release(s, 1), 0);
    cr_assert_eq(release_in_a_thread(s, 1), EOVERFLOW);
    assert_units(s, 3);
    sema_destroy(s);

    s = make_bounded(0);
    cr_assert_eq(release_in_a_thread(s, 1), EOVERFLOW);
    assert_units(s, 0);
    sema_destroy(s);
}

/* A room, and a door that lets only so many in. */
struct room {
    struct sema *door;

    pthread_mutex_t lock; /* guards the rest */
    int inside;
    int most; /* that were ever inside */
};

static void step(struct room *room, int by)
{
    pthread_mutex_lock(&room->lock);
    room->inside += by;
    if (room->inside > room->most) {
        room->most = room->inside;
    }
    pthread_mutex_unlock(&room->lock);
}

/* Each time by another of the three calls. */
static void enter(struct room *room, int i)
{
    if (i % 3 == 0 && sema_timed_acquire(room->door, LONG_MS) == 0) {
        return;
    }
    if (i % 3 == 1 && sema_try_acquire(room->door) == 0) {
        return;
    }
    sema_acquire(room->door);
}

static void *visit(void *arg)
{
    struct room *room = arg;

    for (int i = 0; i < ROUNDS; i++) {
        enter(room, i);
        step(room, 1);
        step(room, -1);
        sema_release(room->door, 1);
    }
    return NULL;
}

Test(sema, no_more_threads_go_on_than_there_are_units, .timeout = 20.0)
{
    for (int units = 1; units <= 2; units++) {
        struct room room = {.door = make_bounded((unsigned)units)};
        pthread_t threads[THREADS];

        pthread_mutex_init(&room.lock, NULL);
        for (int i = 0; i < THREADS; i++) {
            start(&threads[i], visit, &room);
        }
        for (int i = 0; i < THREADS; i++) {
            join(threads[i]);
        }
        cr_assert_leq(room.most, units, "%d were inside, with %d units",
                      room.most, units);
        assert_units(room.door, (unsigned)units);
        sema_destroy(room.door);
        pthread_mutex_destroy(&room.lock);
    }
}

static void *acquire_one(void *arg)
{
    sema_acquire(arg);
    return NULL;
}

Test(sema, every_unit_wakes_one_who_waits, .timeout = 20.0)
{
    struct sema *s = make(0);
    pthread_t threads[THREADS];

    /* All at once, then one by one. */
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < THREADS; i++) {
            start(&threads[i], acquire_one, s);
        }
        if (round == 0) {
            cr_assert_eq(sema_release(s, THREADS), 0);
        } else {
            for (int i = 0; i < THREADS; i++) {
                cr_assert_eq(sema_release(s, 1), 0);
            }
        }
        for (int i = 0; i < THREADS; i++) {
            join(threads[i]);
        }
        assert_units(s, 0);
    }
    sema_destroy(s);
}

/* There is room for one unit, and two threads come to give one. */
Test(sema, of_two_releases_that_are_one_too_many_one_is_refused,
     .timeout = 20.0)
{
    struct sema *s = make_bounded(2);

    for (int round = 0; round < 3; round++) {
        struct releaser r[2] = {{.s = s, .n = 1}, {.s = s, .n = 1}};

        sema_acquire(s);
        for (int i = 0; i < 2; i++) {
            start(&r[i].thread, release_main, &r[i]);
        }
        for (int i = 0; i < 2; i++) {
            join(r[i].thread);
            cr_assert(r[i].rc == 0 || r[i].rc == EOVERFLOW, "%d", r[i].rc);
        }
        cr_assert_neq(r[0].rc, r[1].rc, "both returned %d", r[0].rc);
        assert_units(s, 2);
        cr_assert_eq(sema_release(s, 2), 0);
    }
    sema_destroy(s);
}

static long now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

Test(sema, a_timed_acquire_gives_up_and_not_too_soon, .timeout = 20.0)
{
    struct sema *s = make(1);
    long begun = 0;

    cr_assert_eq(sema_timed_acquire(s, 0), 0);
    cr_assert_eq(sema_timed_acquire(s, 0), ETIMEDOUT);
    begun = now_us();
    cr_assert_eq(sema_timed_acquire(s, 20), ETIMEDOUT);
    cr_assert_geq(now_us() - begun, 20000, "gave up too soon");
    assert_units(s, 0);
    cr_assert_eq(sema_release(s, 1), 0);
    cr_assert_eq(sema_timed_acquire(s, UINT_MAX), 0);
    cr_assert_eq(sema_release(s, 1), 0);
    assert_units(s, 1);
    sema_destroy(s);
}

/* Waits a little for a unit; what it gets, it gives back. */
static void *try_for_a_while(void *arg)
{
    struct sema *s = arg;

    if (sema_timed_acquire(s, 5) == 0) {
        sema_release(s, 1);
    }
    return NULL;
}

Test(sema, who_gave_up_is_in_nobodys_way, .timeout = 20.0)
{
    struct sema *s = make(0);
    pthread_t hasty[2];
    pthread_t patient;

    start(&hasty[0], try_for_a_while, s);
    start(&patient, acquire_one, s);
    start(&hasty[1], try_for_a_while, s);
    join(hasty[0]);
    cr_assert_eq(sema_release(s, 1), 0);
    join(patient);
    join(hasty[1]);
    assert_units(s, 0);
    sema_destroy(s);
}
