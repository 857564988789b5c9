/* SPDX-License-Identifier: MIT */
/* test_timed.c - what timed.h promises, in any order the threads may run.
 *
 * A SHORT deadline may pass before anything else happens, so nobody relies on
 * what comes in time; a LONG one passes in no test. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "threadlab.h"
#include "timed.h"

enum {
    SHORT_MS = 20,
    LONG_MS = 1 << 26, /* more than 18 hours, in nanoseconds over 32 bits */
    WAITERS = 2,
    JOINERS = 2,
    ASKERS = 3,
    ASKS = 2, /* of each */
    LETTER = 42
};

static int64_t in_ns(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return in_ns(t);
}

/* No LONG time has passed since `begin_ns`: whoever had such a deadline was
 * woken by another thread, and not by the clock. */
static void assert_no_long_wait(int64_t begin_ns)
{
    cr_assert_lt(now_ns() - begin_ns, (int64_t)LONG_MS * 1000000,
                 "somebody slept until its deadline, and nobody woke it");
}

static const char *rc_name(int rc)
{
    static const struct {
        int rc;
        const char *name;
    } names[] = {{0, "0"},         {ETIMEDOUT, "ETIMEDOUT"}, {EINVAL, "EINVAL"},
                 {EBUSY, "EBUSY"}, {EPERM, "EPERM"},         {ENOSYS, "ENOSYS"},
                 {EINTR, "EINTR"}, {EDEADLK, "EDEADLK"}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].rc == rc) {
            return names[i].name;
        }
    }
    return "a number that is no answer here";
}

/* A deadline that has passed. */
static struct timespec past(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec--;
    return t;
}

/* Something to wait for. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t opened; /* on the clock it has by default */
    bool open;             /* guarded by lock */

    pthread_cond_t asked; /* broadcast: was_asked went true */
    bool was_asked;       /* guarded by lock: a wait looked, or is over */
};

static void gate_init(struct gate *g)
{
    g->open = false;
    cr_assert_eq(pthread_mutex_init(&g->lock, NULL), 0);
    cr_assert_eq(pthread_cond_init(&g->opened, NULL), 0);
    g->was_asked = false;
    cr_assert_eq(pthread_cond_init(&g->asked, NULL), 0);
}

static void gate_open(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->opened);
    pthread_mutex_unlock(&g->lock);
}

static void gate_destroy(struct gate *g)
{
    pthread_cond_destroy(&g->asked);
    pthread_cond_destroy(&g->opened);
    pthread_mutex_destroy(&g->lock);
}

static void note_asked_locked(struct gate *g)
{
    g->was_asked = true;
    pthread_cond_broadcast(&g->asked);
}

static bool gate_is_open(void *arg)
{
    struct gate *g = arg;

    note_asked_locked(g);
    return g->open;
}

/* Ask for a deadline, at a time that is not before `before_ns`. */
static void try_deadline(int64_t before_ns, unsigned timeout_ms)
{
    int64_t timeout_ns = (int64_t)timeout_ms * 1000000;
    struct timespec deadline = timed_deadline(timeout_ms);
    int64_t after_ns = now_ns();

    cr_assert(deadline.tv_nsec >= 0 && deadline.tv_nsec < 1000000000,
              "tv_nsec is %ld", (long)deadline.tv_nsec);
    cr_assert_geq(in_ns(deadline), before_ns + timeout_ns,
                  "%u ms from now: too early", timeout_ms);
    cr_assert_leq(in_ns(deadline), after_ns + timeout_ns,
                  "%u ms from now: too late", timeout_ms);
}

Test(timed, a_deadline_lies_where_it_should, .timeout = 20.0)
{
    static const unsigned timeouts_ms[] = {0,   1,    250,  500,    750,
                                           999, 1000, 5999, LONG_MS};

    for (size_t i = 0; i < sizeof(timeouts_ms) / sizeof(timeouts_ms[0]); i++) {
        try_deadline(now_ns(), timeouts_ms[i]);
    }
}

/* Where time is virtual, a sleep ends just when it should, and a look at the
 * clock takes a microsecond: one of these hits a whole second. Elsewhere they
 * come near it, and must hold as well. */
Test(timed, a_deadline_may_be_a_whole_second, .timeout = 20.0)
{
    for (int us = 0; us < 4; us++) {
        int64_t whole_ns = (now_ns() / 1000000 + 2) * 1000000;
        int64_t begin_ns = whole_ns - (int64_t)us * 1000;
        struct timespec begin = {.tv_sec = begin_ns / 1000000000,
                                 .tv_nsec = begin_ns % 1000000000};

        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &begin, NULL);
        try_deadline(begin_ns, 1000 - (unsigned)(whole_ns / 1000000 % 1000));
    }
}

/* A thread that calls timed_acquire, and what it saw. */
struct locker {
    pthread_t thread;
    struct timed_lock *lock;
    int *turns; /* guarded by lock */
    struct timespec deadline;
    bool forever; /* no deadline */
    int rc;
    bool too_soon; /* gave up before the deadline */
};

static void *lock_main(void *arg)
{
    struct locker *l = arg;

    l->rc = timed_acquire(l->lock, l->forever ? NULL : &l->deadline);
    if (l->rc == 0) {
        (*l->turns)++;
        timed_release(l->lock);
    } else {
        l->too_soon = now_ns() < in_ns(l->deadline);
    }
    return NULL;
}

static void start_locker(struct locker *l, struct timed_lock *lock, int *turns)
{
    l->lock = lock;
    l->turns = turns;
    cr_assert_eq(pthread_create(&l->thread, NULL, lock_main, l), 0);
}

Test(timed, a_lock_is_had_or_given_up_in_time, .timeout = 20.0)
{
    struct timed_lock *lock = timed_lock_create();
    struct timespec over = past();
    int turns = 0;
    struct locker givers[] = {{.deadline = past()}, {.rc = 0}};
    struct locker takers[] = {{.rc = 0}, {.forever = true}, {.forever = true}};
    int64_t begin_ns = now_ns();

    cr_assert_not_null(lock, "timed_lock_create returned NULL");
    cr_assert_eq(timed_acquire(lock, &over), 0, "it was free");
    givers[1].deadline = timed_deadline(SHORT_MS);
    for (int i = 0; i < 2; i++) {
        start_locker(&givers[i], lock, &turns);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_join(givers[i].thread, NULL), 0);
        cr_assert_eq(givers[i].rc, ETIMEDOUT,
                     "somebody else holds it, and timed_acquire said %s",
                     rc_name(givers[i].rc));
        cr_assert_not(givers[i].too_soon, "gave up before the deadline");
    }
    takers[0].deadline = timed_deadline(LONG_MS);
    for (int i = 0; i < 3; i++) {
        start_locker(&takers[i], lock, &turns);
    }
    turns++;
    timed_release(lock);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(pthread_join(takers[i].thread, NULL), 0);
        cr_assert_eq(takers[i].rc, 0, "timed_acquire said %s",
                     rc_name(takers[i].rc));
    }
    cr_assert_eq(turns, 4);
    assert_no_long_wait(begin_ns);
    timed_lock_destroy(lock);
}

/* Nobody else takes the lock, and would wake the taker when giving it back. */
Test(timed, a_release_wakes_the_only_one_who_waits, .timeout = 20.0)
{
    struct timed_lock *lock = timed_lock_create();
    struct locker taker = {.forever = true};
    int turns = 0;

    cr_assert_not_null(lock, "timed_lock_create returned NULL");
    cr_assert_eq(timed_acquire(lock, NULL), 0, "it was free");
    start_locker(&taker, lock, &turns);
    turns++;
    timed_release(lock);
    cr_assert_eq(pthread_join(taker.thread, NULL), 0);
    cr_assert_eq(taker.rc, 0, "timed_acquire said %s", rc_name(taker.rc));
    cr_assert_eq(turns, 2);
    timed_lock_destroy(lock);
}

/* Its time may be over when the lock is given back: it has it then, or it does
 * not, and in the end it is free in any case. */
Test(timed, who_gave_up_has_not_got_the_lock, .timeout = 20.0)
{
    struct timed_lock *lock = timed_lock_create();
    struct timespec over = past();
    struct locker hasty = {.rc = 0};
    int turns = 0;

    cr_assert_not_null(lock, "timed_lock_create returned NULL");
    cr_assert_eq(timed_acquire(lock, NULL), 0, "it was free");
    hasty.deadline = timed_deadline(SHORT_MS);
    start_locker(&hasty, lock, &turns);
    timed_release(lock);
    cr_assert_eq(pthread_join(hasty.thread, NULL), 0);
    cr_assert_eq(turns, hasty.rc == 0);
    cr_assert_eq(timed_acquire(lock, &over), 0,
                 "the only one who waited said %s, and nobody holds it",
                 rc_name(hasty.rc));
    timed_release(lock);
    timed_lock_destroy(lock);
}

/* A thread that calls timed_wait, and what it saw. */
struct waiter {
    pthread_t thread;
    struct gate *gate;
    unsigned timeout_ms; /* 0: no deadline */
    int rc;
    bool was_open; /* at the moment of the return */
    bool too_soon; /* gave up before the deadline */
};

static void *wait_main(void *arg)
{
    struct waiter *w = arg;
    struct timespec deadline = timed_deadline(w->timeout_ms);

    pthread_mutex_lock(&w->gate->lock);
    w->rc = timed_wait(&w->gate->opened, &w->gate->lock, gate_is_open, w->gate,
                       w->timeout_ms > 0 ? &deadline : NULL);
    w->was_open = w->gate->open;
    note_asked_locked(w->gate);
    pthread_mutex_unlock(&w->gate->lock);
    w->too_soon = w->rc != 0 && now_ns() < in_ns(deadline);
    return NULL;
}

static void start_waiters(struct waiter waiters[WAITERS], struct gate *gate,
                          unsigned timeout_ms)
{
    for (int i = 0; i < WAITERS; i++) {
        waiters[i] = (struct waiter){.gate = gate, .timeout_ms = timeout_ms};
        cr_assert_eq(
            pthread_create(&waiters[i].thread, NULL, wait_main, &waiters[i]),
            0);
    }
}

static void join_waiters(const struct waiter waiters[WAITERS])
{
    for (int i = 0; i < WAITERS; i++) {
        cr_assert_eq(pthread_join(waiters[i].thread, NULL), 0);
    }
}

Test(timed, a_wait_ends_when_it_is_ready, .timeout = 20.0)
{
    static const unsigned timeouts_ms[] = {0, LONG_MS};

    for (int i = 0; i < 2; i++) {
        struct gate gate;
        struct waiter waiters[WAITERS];
        int64_t begin_ns = now_ns();

        gate_init(&gate);
        start_waiters(waiters, &gate, timeouts_ms[i]);
        gate_open(&gate);
        join_waiters(waiters);
        assert_no_long_wait(begin_ns);
        for (int j = 0; j < WAITERS; j++) {
            cr_assert_eq(waiters[j].rc, 0, "timed_wait said %s",
                         rc_name(waiters[j].rc));
            cr_assert(waiters[j].was_open, "returned 0, yet it is not ready");
        }
        gate_destroy(&gate);
    }
}

Test(timed, a_wait_ends_at_the_deadline_if_it_is_not_ready, .timeout = 20.0)
{
    struct gate gate;
    struct waiter waiters[WAITERS];
    struct timespec over = past();

    gate_init(&gate);
    pthread_mutex_lock(&gate.lock);
    cr_assert_eq(
        timed_wait(&gate.opened, &gate.lock, gate_is_open, &gate, &over),
        ETIMEDOUT);
    pthread_mutex_unlock(&gate.lock);
    start_waiters(waiters, &gate, SHORT_MS);
    join_waiters(waiters);
    for (int i = 0; i < WAITERS; i++) {
        cr_assert_eq(waiters[i].rc, ETIMEDOUT,
                     "nobody made it ready, and timed_wait said %s",
                     rc_name(waiters[i].rc));
        cr_assert_not(waiters[i].too_soon, "gave up before the deadline");
    }
    gate_open(&gate);
    pthread_mutex_lock(&gate.lock);
    cr_assert_eq(
        timed_wait(&gate.opened, &gate.lock, gate_is_open, &gate, &over), 0,
        "it is ready, whatever the time");
    pthread_mutex_unlock(&gate.lock);
    gate_destroy(&gate);
}

/* The gate is opened while the time runs out: by a thread that has the mutex
 * until then, so that the wait cannot return sooner. */
Test(timed, what_is_ready_at_the_end_counts, .timeout = 20.0)
{
    struct gate gate;
    struct waiter waiters[WAITERS];
    struct timespec later;

    gate_init(&gate);
    start_waiters(waiters, &gate, SHORT_MS);
    pthread_mutex_lock(&gate.lock);
    while (!gate.was_asked) {
        pthread_cond_wait(&gate.asked, &gate.lock);
    }
    /* One at least is asleep, or has given up. */
    later = timed_deadline(SHORT_MS + 1);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &later, NULL);
    gate.open = true;
    pthread_cond_broadcast(&gate.opened);
    pthread_mutex_unlock(&gate.lock);
    join_waiters(waiters);
    for (int i = 0; i < WAITERS; i++) {
        /* In time or not: what it says is true at that moment. */
        cr_assert_eq(waiters[i].rc, waiters[i].was_open ? 0 : ETIMEDOUT,
                     "it was %sready, and timed_wait said %s",
                     waiters[i].was_open ? "" : "not ", rc_name(waiters[i].rc));
        cr_assert_not(waiters[i].too_soon, "gave up before the deadline");
    }
    gate_destroy(&gate);
}

/* Waits for its gate, then writes a letter that has no lock of its own. */
struct writer {
    struct gate gate;
    int letter;
};

static void *write_letter(void *arg)
{
    struct writer *w = arg;

    pthread_mutex_lock(&w->gate.lock);
    while (!w->gate.open) {
        pthread_cond_wait(&w->gate.opened, &w->gate.lock);
    }
    pthread_mutex_unlock(&w->gate.lock);
    w->letter = LETTER;
    return &w->letter;
}

static struct timed_thread *start_writer(struct writer *w)
{
    struct timed_thread *t;

    gate_init(&w->gate);
    w->letter = 0;
    t = timed_start(write_letter, w);
    cr_assert_not_null(t, "timed_start returned NULL");
    return t;
}

Test(timed, a_join_that_gave_up_can_be_tried_again, .timeout = 20.0)
{
    struct writer w;
    struct timed_thread *t = start_writer(&w);
    struct timespec over = past();
    struct timespec soon = timed_deadline(SHORT_MS);
    void *result = &over;

    cr_assert_eq(timed_join(t, &over, &result), ETIMEDOUT);
    cr_assert_eq(timed_join(t, &soon, &result), ETIMEDOUT);
    cr_assert_geq(now_ns(), in_ns(soon), "gave up before the deadline");
    cr_assert_eq(result, &over, "*out_result written by a join that gave up");
    gate_open(&w.gate);
    cr_assert_eq(timed_join(t, NULL, &result), 0);
    cr_assert_eq(result, &w.letter);
    cr_assert_eq(w.letter, LETTER);
    result = NULL;
    cr_assert_eq(timed_join(t, &over, &result), 0, "it has ended long ago");
    cr_assert_eq(result, &w.letter);
    timed_destroy(t);
    gate_destroy(&w.gate);
}

struct joiner {
    pthread_t thread;
    struct timed_thread *t;
    int rc;
    int letter;
};

static void *join_main(void *arg)
{
    struct joiner *j = arg;
    void *result = NULL;

    j->rc = timed_join(j->t, NULL, &result);
    if (j->rc == 0 && result != NULL) {
        j->letter = *(const int *)result;
    }
    return NULL;
}

Test(timed, any_number_may_join_and_destroy_waits, .timeout = 20.0)
{
    struct writer w;
    struct timed_thread *t = start_writer(&w);
    struct joiner joiners[JOINERS];

    for (int i = 0; i < JOINERS; i++) {
        joiners[i] = (struct joiner){.t = t};
        cr_assert_eq(
            pthread_create(&joiners[i].thread, NULL, join_main, &joiners[i]),
            0);
    }
    gate_open(&w.gate);
    for (int i = 0; i < JOINERS; i++) {
        cr_assert_eq(pthread_join(joiners[i].thread, NULL), 0);
        cr_assert_eq(joiners[i].rc, 0);
        cr_assert_eq(joiners[i].letter, LETTER);
    }
    timed_destroy(t);
    gate_destroy(&w.gate);

    /* The same without a join: destroy waits. */
    t = start_writer(&w);
    gate_open(&w.gate);
    timed_destroy(t);
    cr_assert_eq(w.letter, LETTER, "destroyed before it had ended");
    gate_destroy(&w.gate);
}

/* A thread that asks for the result again and again, and never waits. */
struct asker {
    pthread_t thread;
    struct timed_thread *t;
    int refused; /* joins that did not return 0 */
};

static void *ask_main(void *arg)
{
    struct asker *a = arg;
    struct timespec over = past();

    for (int i = 0; i < ASKS; i++) {
        void *result = NULL;

        a->refused += timed_join(a->t, &over, &result) != 0;
    }
    return NULL;
}

Test(timed, what_has_ended_has_ended_for_all_at_once, .timeout = 20.0)
{
    struct writer w;
    struct timed_thread *t = start_writer(&w);
    struct asker askers[ASKERS];
    void *result = NULL;

    gate_open(&w.gate);
    cr_assert_eq(timed_join(t, NULL, &result), 0);
    for (int i = 0; i < ASKERS; i++) {
        askers[i] = (struct asker){.t = t};
        cr_assert_eq(
            pthread_create(&askers[i].thread, NULL, ask_main, &askers[i]), 0);
    }
    for (int i = 0; i < ASKERS; i++) {
        cr_assert_eq(pthread_join(askers[i].thread, NULL), 0);
    }
    for (int i = 0; i < ASKERS; i++) {
        cr_assert_eq(askers[i].refused, 0,
                     "one join returned 0, and a later one gave up");
    }
    timed_destroy(t);
    gate_destroy(&w.gate);
}

Test(timed, join_all_counts_those_that_have_ended, .timeout = 20.0)
{
    struct writer stuck;
    struct writer quick;
    struct timed_thread *threads[2] = {start_writer(&stuck),
                                       start_writer(&quick)};
    struct timespec deadline;
    void *result = NULL;

    tl_fail_create(0);
    cr_assert_null(timed_start(write_letter, &quick));
    tl_fail_create(-1);
    gate_open(&quick.gate);
    cr_assert_eq(timed_join(threads[1], NULL, &result), 0);
    deadline = timed_deadline(SHORT_MS);
    cr_assert_eq(timed_join_all(threads, 2, &deadline), 1,
                 "the second of the two has ended");
    cr_assert_geq(now_ns(), in_ns(deadline), "gave up before the deadline");
    gate_open(&stuck.gate);
    cr_assert_eq(timed_join_all(threads, 2, NULL), 2);
    cr_assert_eq(stuck.letter + quick.letter, 2 * LETTER);
    for (int i = 0; i < 2; i++) {
        timed_destroy(threads[i]);
    }
    gate_destroy(&stuck.gate);
    gate_destroy(&quick.gate);
}

/* A thread has something of its own, whose destructor is called at its end,
 * after its function has returned. */
static pthread_key_t own_key;

struct owner {
    pthread_mutex_t lock;
    bool destroyed; /* guarded by lock */
};

static void destroy_own(void *arg)
{
    struct owner *o = arg;

    pthread_mutex_lock(&o->lock);
    o->destroyed = true;
    pthread_mutex_unlock(&o->lock);
}

static void *have_something(void *arg)
{
    pthread_setspecific(own_key, arg);
    return NULL;
}

Test(timed, destroy_leaves_nothing_of_the_thread, .timeout = 20.0)
{
    struct owner o = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct timed_thread *t;
    bool destroyed;

    cr_assert_eq(pthread_key_create(&own_key, destroy_own), 0);
    t = timed_start(have_something, &o);
    cr_assert_not_null(t, "timed_start returned NULL");
    timed_destroy(t);
    pthread_mutex_lock(&o.lock);
    destroyed = o.destroyed;
    pthread_mutex_unlock(&o.lock);
    cr_assert(destroyed, "the thread was still ending when timed_destroy "
                         "returned: its destructors had not been called");
    pthread_key_delete(own_key);
}
