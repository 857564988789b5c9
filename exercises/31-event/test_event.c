/* SPDX-License-Identifier: MIT */
/* test_event.c - what event.h promises, in any order the threads may run. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "event.h"

enum {
    WAITERS = 3,
    SHORT_MS = 20,
    /* Nobody lives to see it pass: more than 18 hours. It also reaches into
     * the next second, and its nanoseconds do not fit into 32 bits. */
    LONG_MS = 1 << 26,
    HITS = 50,
    CALLS = 100,
    LETTER = 42
};

static struct event *make(void)
{
    struct event *e = event_create();

    cr_assert_not_null(e, "event_create returned NULL");
    return e;
}

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

Test(event, set_and_clear_change_what_is_set_says, .timeout = 20.0)
{
    struct event *e = make();

    cr_assert_not(event_is_set(e), "a new event is set");
    cr_assert_eq(event_timedwait(e, 0), ETIMEDOUT);
    event_set(e);
    cr_assert(event_is_set(e), "not set after event_set");
    cr_assert_eq(event_timedwait(e, 0), 0, "set, yet a timed wait fails");
    event_wait(e);
    event_set(e);
    cr_assert(event_is_set(e), "a wait or a second set cleared the event");
    event_clear(e);
    cr_assert_not(event_is_set(e), "still set after event_clear");
    event_clear(e);
    cr_assert_not(event_is_set(e), "a second clear set the event");
    cr_assert_eq(event_timedwait(e, 0), ETIMEDOUT);
    event_destroy(e);
}

Test(event, a_timed_wait_times_out_and_not_too_soon, .timeout = 20.0)
{
    struct event *e = make();
    int64_t start_ns = now_ns();

    cr_assert_eq(event_timedwait(e, SHORT_MS), ETIMEDOUT);
    cr_assert_geq(now_ns() - start_ns, (int64_t)SHORT_MS * 1000000,
                  "the timed wait gave up too soon");
    event_set(e);
    cr_assert_eq(event_timedwait(e, SHORT_MS), 0);
    event_destroy(e);
}

/* Threads that wait for one event, and what they found. */
struct crowd {
    struct event *e;
    bool timed;
    pthread_mutex_t lock; /* guards every field below */
    bool about_to_set;
    int too_early; /* waits that returned before the event was set */
    int failed;    /* timed waits that did not return 0 */
};

static void *wait_in_crowd(void *arg)
{
    struct crowd *c = arg;
    int rc = 0;

    if (c->timed) {
        rc = event_timedwait(c->e, LONG_MS);
    } else {
        event_wait(c->e);
    }
    pthread_mutex_lock(&c->lock);
    c->too_early += !c->about_to_set;
    c->failed += rc != 0;
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

/* Let WAITERS threads wait for an event that is set once. */
static void release_a_crowd(bool timed)
{
    struct crowd c = {.e = make(), .timed = timed};
    pthread_t threads[WAITERS];

    cr_assert_eq(pthread_mutex_init(&c.lock, NULL), 0);
    for (int i = 0; i < WAITERS; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, wait_in_crowd, &c), 0);
    }
    pthread_mutex_lock(&c.lock);
    c.about_to_set = true;
    pthread_mutex_unlock(&c.lock);
    event_set(c.e);
    for (int i = 0; i < WAITERS; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    }
    cr_assert_eq(c.too_early, 0, "a wait returned before the event was set");
    cr_assert_eq(c.failed, 0, "the event was set, yet a timed wait failed");
    cr_assert(event_is_set(c.e), "waiting cleared the event");
    pthread_mutex_destroy(&c.lock);
    event_destroy(c.e);
}

Test(event, one_set_releases_every_waiter, .timeout = 20.0)
{
    release_a_crowd(false);
}

Test(event, one_set_ends_every_timed_wait, .timeout = 20.0)
{
    release_a_crowd(true);
}

/* A ball between two threads. Each waits for its event, clears it, hits the
 * ball and sets the event of the other. */
struct court {
    struct event *ping;   /* set: it is the worker's turn */
    struct event *pong;   /* set: it is the test's turn */
    pthread_mutex_t lock; /* guards every field below */
    int hits;
    bool broken; /* somebody hit out of turn; both stop */
};

/* Hit the ball. Returns false if it is not hit number `number`. */
static bool hit(struct court *c, int number)
{
    bool mine;

    pthread_mutex_lock(&c->lock);
    mine = !c->broken && c->hits == number;
    if (mine) {
        c->hits++;
    } else {
        c->broken = true;
    }
    pthread_mutex_unlock(&c->lock);
    return mine;
}

static void *play_pong(void *arg)
{
    struct court *c = arg;
    bool in_turn = true;

    for (int i = 0; i < HITS && in_turn; i++) {
        event_wait(c->ping);
        event_clear(c->ping);
        in_turn = hit(c, 2 * i + 1);
        event_set(c->pong);
    }
    return NULL;
}

Test(event, two_events_pass_a_ball_back_and_forth, .timeout = 20.0)
{
    struct court c = {.ping = make(), .pong = make()};
    pthread_t thread;
    bool in_turn = true;

    cr_assert_eq(pthread_mutex_init(&c.lock, NULL), 0);
    cr_assert_eq(pthread_create(&thread, NULL, play_pong, &c), 0);
    for (int i = 0; i < HITS && in_turn; i++) {
        in_turn = hit(&c, 2 * i);
        event_set(c.ping);
        if (in_turn) {
            event_wait(c.pong);
            event_clear(c.pong);
        }
    }
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_not(c.broken, "a wait returned though its event was not set");
    cr_assert_eq(c.hits, 2 * HITS);
    pthread_mutex_destroy(&c.lock);
    event_destroy(c.ping);
    event_destroy(c.pong);
}

/* A letter without a lock of its own: only the event makes it safe to read. */
struct reader {
    struct event *e;
    const int *letter;
    enum { BY_WAIT, BY_TIMED_WAIT, BY_LOOK } how;
    bool opened;
    int read;
};

static void *read_letter(void *arg)
{
    struct reader *r = arg;

    if (r->how == BY_WAIT) {
        event_wait(r->e);
    } else if (r->how == BY_TIMED_WAIT) {
        (void)event_timedwait(r->e, LONG_MS);
    }
    r->opened = event_is_set(r->e);
    if (r->opened) {
        r->read = *r->letter;
    }
    return NULL;
}

Test(event, what_was_done_before_set_is_seen_after_it, .timeout = 20.0)
{
    int letter = 0;
    struct event *e = make();
    struct reader readers[] = {
        {.e = e, .letter = &letter, .how = BY_WAIT},
        {.e = e, .letter = &letter, .how = BY_TIMED_WAIT},
        {.e = e, .letter = &letter, .how = BY_LOOK},
    };
    pthread_t threads[3];

    for (int i = 0; i < 3; i++) {
        cr_assert_eq(
            pthread_create(&threads[i], NULL, read_letter, &readers[i]), 0);
    }
    letter = LETTER;
    event_set(e);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    }
    for (int i = 0; i < 3; i++) {
        /* The one that only looks may have come too early: that is fine. */
        cr_assert(readers[i].opened || readers[i].how == BY_LOOK,
                  "a wait returned, yet the event is not set");
        cr_assert(!readers[i].opened || readers[i].read == LETTER);
    }
    event_destroy(e);
}

struct caller {
    struct event *e;
    int odd_results; /* neither 0 nor ETIMEDOUT */
    int times_set;
};

static void *call_everything(void *arg)
{
    struct caller *c = arg;

    for (int i = 0; i < CALLS; i++) {
        int rc;

        event_set(c->e);
        rc = event_timedwait(c->e, 0);
        c->odd_results += rc != 0 && rc != ETIMEDOUT;
        c->times_set += event_is_set(c->e);
        event_clear(c->e);
    }
    return NULL;
}

Test(event, any_thread_may_call_anything_at_any_time, .timeout = 20.0)
{
    struct event *e = make();
    struct caller callers[WAITERS] = {{NULL, 0, 0}};
    pthread_t threads[WAITERS];

    for (int i = 0; i < WAITERS; i++) {
        callers[i].e = e;
        cr_assert_eq(
            pthread_create(&threads[i], NULL, call_everything, &callers[i]), 0);
    }
    for (int i = 0; i < WAITERS; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    }
    for (int i = 0; i < WAITERS; i++) {
        cr_assert_eq(callers[i].odd_results, 0);
    }
    cr_assert_not(event_is_set(e), "every thread cleared it last");
    event_set(e);
    cr_assert(event_is_set(e));
    event_destroy(e);
}
