/* SPDX-License-Identifier: MIT */
/* test_thread.c - what thread.h promises, in any order the threads may run.
 *
 * Each kind of thread here is a struct with a struct thread first. What run
 * leaves in it has no lock: only a start and a join make it safe. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "thread.h"
#include <threadlab.h>

enum {
    JOINERS = 3,
    STARTERS = 2,
    SHORT_MS = 20,
    LONG_MS = 1 << 26, /* more than 18 hours: nobody lives to see it pass */
    NOT_CALLED = -1
};

/* The simplest kind: it squares a number. */
struct square {
    struct thread base;
    int number;
    int result;
    int runs;
};

static void square_run(struct thread *self)
{
    struct square *s = (struct square *)self;

    s->result = s->number * s->number;
    s->runs++;
}

static void init(struct thread *t, void (*run)(struct thread *self))
{
    int rc = thread_init(t, run);

    cr_assert_eq(rc, 0, "thread_init returned %d", rc);
}

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

Test(thread, a_thread_is_made_started_and_joined, .timeout = 20.0)
{
    struct square s = {.number = 7};

    init(&s.base, square_run);
    cr_assert_not(thread_is_alive(&s.base), "alive before the start");
    cr_assert_eq(thread_join(&s.base), EINVAL, "joined before the start");
    cr_assert_eq(thread_timedjoin(&s.base, 0), EINVAL);
    cr_assert_eq(s.runs, 0, "run was called before the start");

    cr_assert_eq(thread_start(&s.base), 0);
    cr_assert_eq(thread_start(&s.base), EALREADY, "started twice");
    cr_assert_eq(thread_join(&s.base), 0);
    cr_assert_eq(s.result, 49);

    cr_assert_not(thread_is_alive(&s.base), "alive after the join");
    cr_assert_eq(thread_start(&s.base), EALREADY, "started again at its end");
    cr_assert_eq(thread_join(&s.base), 0, "the second join failed");
    cr_assert_eq(thread_timedjoin(&s.base, 0), 0, "the third join failed");
    cr_assert_eq(s.runs, 1);
    thread_destroy(&s.base);

    init(&s.base, square_run); /* never started */
    thread_destroy(&s.base);
}

/* A kind of thread that runs until somebody opens its gate. */
struct guard {
    struct thread base;
    pthread_mutex_t lock; /* guards open */
    pthread_cond_t opened;
    bool open;
    bool alive_at_first; /* what thread_is_alive said when run began */
    bool alive_inside;   /* and with the gate open */
};

static void guard_run(struct thread *self)
{
    struct guard *g = (struct guard *)self;

    g->alive_at_first = thread_is_alive(self);
    pthread_mutex_lock(&g->lock);
    while (!g->open) {
        pthread_cond_wait(&g->opened, &g->lock);
    }
    pthread_mutex_unlock(&g->lock);
    g->alive_inside = thread_is_alive(self);
}

Test(thread, a_timed_join_gives_up_and_the_thread_runs_on, .timeout = 20.0)
{
    struct guard g = {.open = false};
    int64_t start_ns;

    cr_assert_eq(pthread_mutex_init(&g.lock, NULL), 0);
    cr_assert_eq(pthread_cond_init(&g.opened, NULL), 0);
    init(&g.base, guard_run);
    cr_assert_eq(thread_start(&g.base), 0);
    cr_assert(thread_is_alive(&g.base), "started, yet not alive");
    cr_assert_eq(thread_timedjoin(&g.base, 0), ETIMEDOUT);
    start_ns = now_ns();
    cr_assert_eq(thread_timedjoin(&g.base, SHORT_MS), ETIMEDOUT);
    cr_assert_geq(now_ns() - start_ns, (int64_t)SHORT_MS * 1000000,
                  "the timed join gave up too soon");
    cr_assert(thread_is_alive(&g.base), "alive until run returns");

    pthread_mutex_lock(&g.lock);
    g.open = true;
    pthread_cond_signal(&g.opened);
    pthread_mutex_unlock(&g.lock);
    cr_assert_eq(thread_timedjoin(&g.base, LONG_MS), 0);
    cr_assert(g.alive_at_first, "run had begun, and was not alive");
    cr_assert(g.alive_inside, "run was not alive");
    cr_assert_not(thread_is_alive(&g.base));
    thread_destroy(&g.base);
    pthread_cond_destroy(&g.opened);
    pthread_mutex_destroy(&g.lock);
}

/* A kind of thread that can stand being run twice at the same time. */
struct tally {
    struct thread base;
    pthread_mutex_t lock; /* guards runs */
    int runs;
};

static void tally_run(struct thread *self)
{
    struct tally *t = (struct tally *)self;

    pthread_mutex_lock(&t->lock);
    t->runs++;
    pthread_mutex_unlock(&t->lock);
}

/* A pthread that makes one call on a thread object, and notes the answer. */
struct caller {
    pthread_t thread;
    struct thread *object;
    pthread_barrier_t *gate; /* or NULL: starts at once */
    bool timed;
    int rc;
    int seen; /* what the thread has left, if the join returned 0 */
};

static int join(struct caller *c)
{
    return c->timed ? thread_timedjoin(c->object, LONG_MS)
                    : thread_join(c->object);
}

static void *call_start(void *arg)
{
    struct caller *c = arg;

    if (c->gate != NULL) {
        pthread_barrier_wait(c->gate);
    }
    c->rc = thread_start(c->object);
    return NULL;
}

static void *call_join(void *arg)
{
    struct caller *c = arg;

    c->rc = join(c);
    if (c->rc == 0) {
        c->seen = ((struct square *)c->object)->result;
    }
    return NULL;
}

static void launch(struct caller callers[], size_t n, void *(*call)(void *))
{
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(
            pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
    }
}

static void await(struct caller callers[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(pthread_join(callers[i].thread, NULL), 0);
    }
}

Test(thread, of_several_starts_one_succeeds, .timeout = 20.0)
{
    struct tally t = {.runs = 0};
    struct caller callers[STARTERS];
    int started = 0;

    cr_assert_eq(pthread_mutex_init(&t.lock, NULL), 0);
    init(&t.base, tally_run);
    for (int i = 0; i < STARTERS; i++) {
        callers[i] = (struct caller){.object = &t.base, .rc = NOT_CALLED};
    }
    launch(callers, STARTERS, call_start);
    await(callers, STARTERS);
    cr_assert_eq(thread_join(&t.base), 0);
    for (int i = 0; i < STARTERS; i++) {
        if (callers[i].rc == 0) {
            started++;
        } else {
            cr_assert_eq(callers[i].rc, EALREADY, "thread_start returned %d",
                         callers[i].rc);
        }
    }
    cr_assert_eq(started, 1, "%d starts succeeded", started);
    cr_assert_eq(t.runs, 1, "run was called %d times", t.runs);
    thread_destroy(&t.base);
    pthread_mutex_destroy(&t.lock);
}

Test(thread, everybody_may_join, .timeout = 20.0)
{
    struct square s = {.number = 6};
    struct caller callers[JOINERS];

    init(&s.base, square_run);
    for (int i = 0; i < JOINERS; i++) {
        callers[i] = (struct caller){
            .object = &s.base, .timed = i == 0, .rc = NOT_CALLED};
    }
    cr_assert_eq(thread_start(&s.base), 0);
    launch(callers, JOINERS, call_join);
    (void)thread_is_alive(&s.base); /* true or not: it may be at its end */
    await(callers, JOINERS);
    for (int i = 0; i < JOINERS; i++) {
        cr_assert_eq(callers[i].rc, 0, "a join said: %s",
                     strerror(callers[i].rc));
        cr_assert_eq(callers[i].seen, 36);
    }
    cr_assert_not(thread_is_alive(&s.base));
    thread_destroy(&s.base);
}

/* Start a thread that makes the call, and wait for it. */
static void *send_a_newcomer(void *arg)
{
    struct caller *c = arg;

    if (pthread_create(&c->thread, NULL, call_join, c) == 0) {
        pthread_join(c->thread, NULL);
    }
    return NULL;
}

Test(thread, a_newcomer_may_join_at_any_moment, .timeout = 20.0)
{
    struct square s = {.number = 4};
    struct caller newcomer = {.object = &s.base, .rc = NOT_CALLED};
    pthread_t sender;

    init(&s.base, square_run);
    cr_assert_eq(thread_start(&s.base), 0);
    cr_assert_eq(pthread_create(&sender, NULL, send_a_newcomer, &newcomer), 0);
    cr_assert_eq(thread_join(&s.base), 0);
    cr_assert_eq(s.result, 16);
    cr_assert_eq(pthread_join(sender, NULL), 0);
    cr_assert_eq(newcomer.rc, 0, "a join said: %s", strerror(newcomer.rc));
    cr_assert_eq(newcomer.seen, 16);
    thread_destroy(&s.base);
}

/* A kind of thread that joins another, or itself. */
struct waiter {
    struct thread base;
    struct thread *whom;
    int join_rc;
    int timed_rc;
};

static void waiter_run(struct thread *self)
{
    struct waiter *w = (struct waiter *)self;

    w->join_rc = thread_join(w->whom);
    w->timed_rc = thread_timedjoin(w->whom, LONG_MS);
}

Test(thread, a_thread_cannot_join_itself, .timeout = 20.0)
{
    struct waiter own = {.join_rc = NOT_CALLED};
    struct waiter next = {.join_rc = NOT_CALLED};

    own.whom = &own.base;
    init(&own.base, waiter_run);
    cr_assert_eq(thread_start(&own.base), 0);
    cr_assert_eq(thread_join(&own.base), 0);
    cr_assert_eq(own.join_rc, EDEADLK, "joining itself: %d", own.join_rc);
    cr_assert_eq(own.timed_rc, EDEADLK, "joining itself: %d", own.timed_rc);

    /* Another thread may, now and for ever. */
    next.whom = &own.base;
    init(&next.base, waiter_run);
    cr_assert_eq(thread_start(&next.base), 0);
    cr_assert_eq(thread_join(&next.base), 0);
    cr_assert_eq(next.join_rc, 0, "joining another: %d", next.join_rc);
    cr_assert_eq(next.timed_rc, 0, "joining another: %d", next.timed_rc);
    thread_destroy(&next.base);
    thread_destroy(&own.base);
}

Test(thread, a_failed_start_can_be_tried_again, .timeout = 20.0)
{
    struct square s = {.number = 3};
    int first;
    int second;

    init(&s.base, square_run);
    tl_fail_create(0);
    first = thread_start(&s.base);
    second = thread_start(&s.base);
    tl_fail_create(-1);
    cr_assert_eq(first, EAGAIN, "thread_start returned %d", first);
    cr_assert_eq(second, EAGAIN, "thread_start returned %d", second);
    cr_assert_not(thread_is_alive(&s.base), "the start had failed");
    cr_assert_eq(thread_join(&s.base), EINVAL, "the start had failed");

    cr_assert_eq(thread_start(&s.base), 0);
    cr_assert_eq(thread_join(&s.base), 0);
    cr_assert_eq(s.result, 9);
    thread_destroy(&s.base);
}

/* Nobody has started it, so nobody may be told that somebody has. The gate
 * opens when all threads of the test are there: from then on none can be made.
 */
Test(thread, of_several_starts_all_may_fail, .timeout = 20.0)
{
    struct square s = {.number = 5};
    struct caller callers[STARTERS];
    pthread_barrier_t gate;

    init(&s.base, square_run);
    cr_assert_eq(pthread_barrier_init(&gate, NULL, STARTERS + 1), 0);
    for (int i = 0; i < STARTERS; i++) {
        callers[i] =
            (struct caller){.object = &s.base, .gate = &gate, .rc = NOT_CALLED};
    }
    launch(callers, STARTERS, call_start);
    tl_fail_create(0);
    pthread_barrier_wait(&gate);
    await(callers, STARTERS);
    tl_fail_create(-1);
    for (int i = 0; i < STARTERS; i++) {
        cr_assert_eq(callers[i].rc, EAGAIN, "thread_start said: %s",
                     strerror(callers[i].rc));
    }
    cr_assert_eq(thread_start(&s.base), 0);
    cr_assert_eq(thread_join(&s.base), 0);
    cr_assert_eq(s.result, 25);
    thread_destroy(&s.base);
    pthread_barrier_destroy(&gate);
}

/* A kind of thread that leaves its last step to a destructor, which runs after
 * run has returned. */
struct late {
    struct thread base;
    pthread_key_t key;
    pthread_mutex_t lock; /* guards steps */
    int steps;
};

static void take_a_step(struct late *l)
{
    pthread_mutex_lock(&l->lock);
    l->steps++;
    pthread_mutex_unlock(&l->lock);
}

static void late_run(struct thread *self)
{
    struct late *l = (struct late *)self;

    pthread_setspecific(l->key, l);
    take_a_step(l);
}

static void last_step(void *value)
{
    take_a_step(value);
}

static void *call_join_late(void *arg)
{
    struct caller *c = arg;
    struct late *l = (struct late *)c->object;

    c->rc = join(c);
    if (c->rc == 0) {
        pthread_mutex_lock(&l->lock);
        c->seen = l->steps;
        pthread_mutex_unlock(&l->lock);
    }
    return NULL;
}

Test(thread, a_joined_thread_has_done_its_last_step, .timeout = 20.0)
{
    struct late l = {.steps = 0};
    struct caller callers[2];

    cr_assert_eq(pthread_mutex_init(&l.lock, NULL), 0);
    cr_assert_eq(pthread_key_create(&l.key, last_step), 0);
    init(&l.base, late_run);
    for (int i = 0; i < 2; i++) {
        callers[i] = (struct caller){
            .object = &l.base, .timed = i == 0, .rc = NOT_CALLED};
    }
    cr_assert_eq(thread_start(&l.base), 0);
    launch(callers, 2, call_join_late);
    await(callers, 2);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(callers[i].rc, 0, "a join said: %s",
                     strerror(callers[i].rc));
        cr_assert_eq(callers[i].seen, 2,
                     "a join returned before the destructors had run");
    }
    cr_assert_eq(pthread_key_delete(l.key), 0);
    thread_destroy(&l.base);
    pthread_mutex_destroy(&l.lock);
}

/* A kind of thread that says when run has returned, by a destructor. */
struct herald {
    struct thread base;
    pthread_key_t key;
    sem_t returned; /* rung once for each of those who want to know */
};

static void herald_run(struct thread *self)
{
    struct herald *h = (struct herald *)self;

    pthread_setspecific(h->key, h);
}

static void tell_all(void *value)
{
    struct herald *h = value;

    for (int i = 0; i < JOINERS; i++) {
        sem_post(&h->returned);
    }
}

static void *join_at_once_when_told(void *arg)
{
    struct caller *c = arg;
    struct herald *h = (struct herald *)c->object;

    while (sem_wait(&h->returned) != 0) {
        continue; /* a signal came */
    }
    c->rc = thread_timedjoin(c->object, 0);
    return NULL;
}

/* Though another may be joining it: there is nothing to time out any more. */
Test(thread, once_run_has_returned_no_join_gives_up, .timeout = 20.0)
{
    struct herald h = {.key = 0};
    struct caller callers[JOINERS];

    cr_assert_eq(sem_init(&h.returned, 0, 0), 0);
    cr_assert_eq(pthread_key_create(&h.key, tell_all), 0);
    init(&h.base, herald_run);
    for (int i = 0; i < JOINERS; i++) {
        callers[i] = (struct caller){.object = &h.base, .rc = NOT_CALLED};
    }
    cr_assert_eq(thread_start(&h.base), 0);
    launch(callers, JOINERS, join_at_once_when_told);
    await(callers, JOINERS);
    cr_assert_eq(thread_join(&h.base), 0);
    for (int i = 0; i < JOINERS; i++) {
        cr_assert_eq(callers[i].rc, 0, "a join said: %s",
                     strerror(callers[i].rc));
    }
    cr_assert_eq(pthread_key_delete(h.key), 0);
    thread_destroy(&h.base);
    sem_destroy(&h.returned);
}
