/* SPDX-License-Identifier: MIT */
/* test_gil.c - what gil.h promises, to the threads of a very small interpreter.
 *
 * What the interpreter owns (struct world) has no other guard than the lock
 * under test: a thread touches it while it holds that lock, and the test after
 * it has joined all. */
#include "gil.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "deadline.h"

enum {
    THREADS = 3,
    INTERVAL_MS = 8,
    TURNS = 4, /* how often a thread takes the lock */
    TICKS = 3, /* checkpoints in one turn */
    HOLDERS = 64
};

/* One stretch of time in which the lock had one holder. */
struct stretch {
    struct timespec begun;  /* read just after the lock was got */
    struct timespec ending; /* read just before what may have ended it */
    bool dropped;           /* ended of its own accord */
};

struct world {
    struct gil *gil; /* constant */
    int inside;      /* threads that believe that they hold the lock */
    int crowded;     /* times that there was more than one */
    int ticks;
    int turns;
    struct stretch stretches[HOLDERS];
    int count;
};

static struct world new_world(void)
{
    struct world w = {.gil = gil_create(INTERVAL_MS)};

    cr_assert_not_null(w.gil, "gil_create returned NULL");
    return w;
}

static void nap(long ms)
{
    struct timespec t = {0, ms * 1000000};

    nanosleep(&t, NULL);
}

static void start(pthread_t *thread, void *(*body)(void *), void *arg)
{
    cr_assert_eq(pthread_create(thread, NULL, body, arg), 0);
}

static void join(pthread_t thread)
{
    cr_assert_eq(pthread_join(thread, NULL), 0);
}

static void come_in(struct world *w)
{
    w->crowded += w->inside != 0;
    w->inside++;
}

static void go_out(struct world *w)
{
    w->inside--;
}

/* Run TURNS programs of TICKS instructions each. */
static void *run_programs(void *arg)
{
    struct world *w = arg;

    for (int turn = 0; turn < TURNS; turn++) {
        gil_take(w->gil);
        come_in(w);
        for (int tick = 0; tick < TICKS; tick++) {
            w->ticks++;
            go_out(w);
            gil_checkpoint(w->gil);
            come_in(w);
        }
        go_out(w);
        gil_drop(w->gil);
    }
    return NULL;
}

Test(gil, one_thread_runs_at_a_time, .timeout = 20.0)
{
    struct world w = new_world();
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++) {
        start(&threads[i], run_programs, &w);
    }
    for (int i = 0; i < THREADS; i++) {
        join(threads[i]);
    }
    cr_assert_eq(w.crowded, 0, "two threads held the lock at the same time");
    cr_assert_eq(w.ticks, THREADS * TURNS * TICKS);
    gil_destroy(w.gil);
}

/* What a thread is told that does not hold the lock. */
struct stranger {
    struct gil *gil;
    bool held;
    int drop_rc;
};

static void *try_to_drop(void *arg)
{
    struct stranger *s = arg;

    s->held = gil_held(s->gil);
    s->drop_rc = gil_drop(s->gil);
    return NULL;
}

Test(gil, only_the_holder_lets_go, .timeout = 20.0)
{
    struct gil *g = NULL;
    struct stranger s = {.held = true};
    pthread_t thread;

    cr_assert_null(gil_create(0), "a lock without an interval");
    g = gil_create(INTERVAL_MS);
    cr_assert_not_null(g, "gil_create returned NULL");
    s.gil = g;
    cr_assert_not(gil_held(g), "a new lock is held");
    cr_assert_eq(gil_drop(g), EPERM, "dropped a lock that nobody holds");
    cr_assert_eq(gil_take(g), 0);
    cr_assert(gil_held(g), "taken, and not held");
    cr_assert_eq(gil_take(g), EDEADLK, "the holder took it once more");
    start(&thread, try_to_drop, &s);
    join(thread);
    cr_assert_not(s.held, "a stranger is told that it holds the lock");
    cr_assert_eq(s.drop_rc, EPERM, "a stranger dropped it");
    cr_assert(gil_held(g));
    cr_assert_not(gil_checkpoint(g), "let go, though nobody waits");
    cr_assert(gil_held(g));
    cr_assert_eq(gil_drop(g), 0);
    cr_assert_not(gil_held(g), "dropped, and still held");
    gil_destroy(g);
}

static void *take_a_turn(void *arg)
{
    struct world *w = arg;

    gil_take(w->gil);
    w->turns++;
    gil_drop(w->gil);
    return NULL;
}

/* Sleep for two seconds, in a way that is not a sleep: so long a limit
 * runs out when no other thread can do anything. */
static void wait_until_all_stand_still(void)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    struct timespec end = deadline_after(2000);
    int rc = 0;

    pthread_mutex_lock(&lock);
    while (rc != ETIMEDOUT) {
        rc = pthread_cond_clockwait(&never, &lock, CLOCK_MONOTONIC, &end);
    }
    pthread_mutex_unlock(&lock);
}

/* The test's own thread computes, and does not drop the lock by itself: at
 * first quickly, then slowly enough to end the test if it never lets go. */
Test(gil, who_computes_lets_others_in, .timeout = 20.0)
{
    struct world w = new_world();
    pthread_t threads[2];
    int alone = 0; /* switches after which nobody else had been there */
    int turns = 0;
    bool held = true;

    cr_assert_eq(gil_take(w.gil), 0);
    for (int i = 0; i < 2; i++) {
        start(&threads[i], take_a_turn, &w);
    }
    for (int tick = 0; w.turns < 2 && alone == 0 && tick < 44; tick++) {
        int before = w.turns;

        if (tick < 40) {
            nap(1);
        } else {
            wait_until_all_stand_still();
        }
        if (gil_checkpoint(w.gil)) {
            alone += w.turns == before;
        }
        held = held && gil_held(w.gil);
    }
    turns = w.turns;
    cr_assert_eq(gil_drop(w.gil), 0);
    for (int i = 0; i < 2; i++) {
        join(threads[i]);
    }
    cr_assert_eq(alone, 0,
                 "a checkpoint let go, and came back before anybody else");
    cr_assert_eq(turns, 2, "of 2 threads that waited, %d got the lock", turns);
    cr_assert(held, "after a checkpoint the lock is not held");
    gil_destroy(w.gil);
}

Test(gil, a_request_ends_with_the_next_take, .timeout = 20.0)
{
    struct world w = new_world();

    for (int round = 0; round < TURNS; round++) {
        pthread_t thread;
        bool switched = false;

        cr_assert_eq(gil_take(w.gil), 0);
        start(&thread, take_a_turn, &w);
        nap(2L * INTERVAL_MS); /* time enough to ask, if it comes to that */
        cr_assert_eq(gil_drop(w.gil), 0);
        join(thread);
        cr_assert_eq(gil_take(w.gil), 0);
        switched = gil_checkpoint(w.gil);
        cr_assert_not(switched, "let go, though nobody waits any more");
        cr_assert_eq(gil_drop(w.gil), 0);
    }
    gil_destroy(w.gil);
}

/* A place where THREADS threads wait for one another. */
struct meeting {
    pthread_mutex_t lock; /* guards here */
    pthread_cond_t all;
    int here;
};

struct blocker {
    pthread_t thread;
    struct world *world;
    struct meeting *meeting;
    int number;
    bool held_in_work;
    bool held_after;
    int take_rc;
    int result;
};

static int meet(void *arg)
{
    struct blocker *b = arg;
    struct meeting *m = b->meeting;

    b->held_in_work = gil_held(b->world->gil);
    pthread_mutex_lock(&m->lock);
    m->here++;
    pthread_cond_broadcast(&m->all);
    while (m->here < THREADS) {
        pthread_cond_wait(&m->all, &m->lock);
    }
    pthread_mutex_unlock(&m->lock);
    /* Back into the interpreter, from inside the work. */
    b->take_rc = gil_take(b->world->gil);
    if (b->take_rc == 0) {
        b->world->turns++;
        gil_drop(b->world->gil);
    }
    return b->number;
}

static void *block_once(void *arg)
{
    struct blocker *b = arg;

    gil_take(b->world->gil);
    b->result = gil_allow_threads(b->world->gil, meet, b);
    b->held_after = gil_held(b->world->gil);
    gil_drop(b->world->gil);
    return NULL;
}

Test(gil, blocking_work_runs_side_by_side, .timeout = 20.0)
{
    struct world w = new_world();
    struct meeting m = {.lock = PTHREAD_MUTEX_INITIALIZER,
                        .all = PTHREAD_COND_INITIALIZER};
    struct blocker blockers[THREADS];

    for (int i = 0; i < THREADS; i++) {
        blockers[i] =
            (struct blocker){.world = &w, .meeting = &m, .number = 40 + i};
        start(&blockers[i].thread, block_once, &blockers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        join(blockers[i].thread);
    }
    for (int i = 0; i < THREADS; i++) {
        cr_assert_not(blockers[i].held_in_work, "work ran with the lock held");
        cr_assert_eq(blockers[i].take_rc, 0, "work could not take the lock");
        cr_assert(blockers[i].held_after, "back, but without the lock");
        cr_assert_eq(blockers[i].result, 40 + i, "not what work returned");
    }
    cr_assert_eq(w.turns, THREADS);
    gil_destroy(w.gil);
}

static void begin_stretch(struct world *w)
{
    if (w->count < HOLDERS) {
        clock_gettime(CLOCK_MONOTONIC, &w->stretches[w->count].begun);
    }
    w->count++;
}

/* To be called just before something that may end the stretch. */
static void mark(struct world *w, bool dropped)
{
    int now = w->count - 1;

    if (now < HOLDERS) {
        clock_gettime(CLOCK_MONOTONIC, &w->stretches[now].ending);
        w->stretches[now].dropped = dropped;
    }
}

static void compute(struct world *w, int ticks)
{
    begin_stretch(w);
    for (int tick = 0; tick < ticks; tick++) {
        nap(1);
        mark(w, false);
        if (gil_checkpoint(w->gil)) {
            begin_stretch(w);
        }
    }
    mark(w, true);
    gil_drop(w->gil);
}

struct late_comer {
    pthread_t thread;
    struct world *world;
    long late_ms;
};

static void *come_and_compute(void *arg)
{
    struct late_comer *l = arg;

    nap(l->late_ms);
    gil_take(l->world->gil);
    compute(l->world, 2 * INTERVAL_MS);
    return NULL;
}

static long ms_between(const struct timespec *from, const struct timespec *to)
{
    return (to->tv_sec - from->tv_sec) * 1000 +
           (to->tv_nsec - from->tv_nsec) / 1000000;
}

/* Whoever had to let go had held the lock for an interval. It got it after the
 * holder before it last looked at the clock, and lost it before the next one
 * did: between these two there is at least an interval. */
Test(gil, each_holder_has_its_interval, .timeout = 20.0)
{
    struct world w = new_world();
    struct late_comer comers[] = {{.world = &w, .late_ms = 1},
                                  {.world = &w, .late_ms = INTERVAL_MS / 2}};

    for (int i = 0; i < 2; i++) {
        start(&comers[i].thread, come_and_compute, &comers[i]);
    }
    cr_assert_eq(gil_take(w.gil), 0);
    compute(&w, 2 * INTERVAL_MS);
    for (int i = 0; i < 2; i++) {
        join(comers[i].thread);
    }
    for (int i = 1; i + 1 < w.count && i + 1 < HOLDERS; i++) {
        long ms =
            ms_between(&w.stretches[i - 1].ending, &w.stretches[i + 1].begun);

        cr_assert(w.stretches[i].dropped || ms >= INTERVAL_MS,
                  "a holder had to let go after less than %ld ms of %d", ms + 1,
                  INTERVAL_MS);
    }
    gil_destroy(w.gil);
}
