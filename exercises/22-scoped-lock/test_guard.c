/* SPDX-License-Identifier: MIT */
/* test_guard.c - what guard.h promises, however a body is left.
 *
 * Bodies share plain variables: the guard is all that protects them. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

#include "guard.h"

enum { THREADS = 2, ROUNDS = 20, ANSWER = 42 };

static struct guard *make(void)
{
    struct guard *g = guard_create();

    cr_assert_not_null(g, "guard_create returned NULL");
    return g;
}

static void start(pthread_t *thread, void *(*fn)(void *), void *arg)
{
    cr_assert_eq(pthread_create(thread, NULL, fn, arg), 0);
}

/* Join, and return what the thread returned. */
static void *join(pthread_t thread)
{
    void *value = NULL;

    cr_assert_eq(pthread_join(thread, &value), 0);
    return value;
}

/* What the bodies of a test have in common; the guard protects it. */
struct place {
    struct guard *guard;
    struct guard *inner; /* for a body within a body */
    int count;
    sem_t bell; /* for a body that holds the guard and waits; never rung */
};

static int add_one(void *arg)
{
    struct place *p = arg;

    p->count++;
    return p->count;
}

static int say_count(void *arg)
{
    const struct place *p = arg;

    return p->count;
}

/* The guard must be free, and good for more. */
static void check_free(struct place *p)
{
    size_t inside = guard_inside(p->guard);
    int count = guard_with(p->guard, say_count, p);

    cr_assert_eq(inside, 0, "%zu threads are said to be inside", inside);
    cr_assert_eq(guard_with(p->guard, add_one, p), count + 1);
}

static void *add_some(void *arg)
{
    struct place *p = arg;

    for (int i = 0; i < ROUNDS; i++) {
        guard_with(p->guard, add_one, p);
    }
    return NULL;
}

Test(guard, one_body_at_a_time, .timeout = 20.0)
{
    struct place p = {.guard = make()};
    pthread_t threads[THREADS];
    size_t inside;

    cr_assert_eq(guard_inside(p.guard), 0);
    for (int i = 0; i < THREADS; i++) {
        start(&threads[i], add_some, &p);
    }
    inside = guard_inside(p.guard);
    for (int i = 0; i < THREADS; i++) {
        join(threads[i]);
    }
    cr_assert_leq(inside, THREADS, "%zu threads are said to be inside", inside);
    cr_assert_eq(guard_with(p.guard, say_count, &p), THREADS * ROUNDS);
    check_free(&p);
    guard_destroy(p.guard);
}

static int exit_thread(void *arg)
{
    struct place *p = arg;

    p->count = ANSWER;
    pthread_exit(&p->count);
}

static void *exit_within(void *arg)
{
    struct place *p = arg;

    guard_with(p->guard, exit_thread, p);
    return NULL; /* never */
}

Test(guard, a_body_may_end_its_thread, .timeout = 20.0)
{
    struct place p = {.guard = make()};
    pthread_t thread;

    start(&thread, exit_within, &p);
    cr_assert_eq(join(thread), &p.count, "pthread_exit's value is lost");
    cr_assert_eq(guard_with(p.guard, say_count, &p), ANSWER);
    check_free(&p);
    guard_destroy(p.guard);
}

static bool never(void *arg)
{
    (void)arg;
    return false;
}

static int wait_for_ever(void *arg)
{
    struct place *p = arg;

    p->count++;
    guard_wait(p->guard, never, p);
    p->count = -1; /* nobody should come here */
    return 0;
}

static void *wait_within(void *arg)
{
    struct place *p = arg;

    guard_with(p->guard, wait_for_ever, p);
    return NULL;
}

Test(guard, a_sleeper_can_be_cancelled, .timeout = 20.0)
{
    struct place p = {.guard = make()};
    pthread_t threads[THREADS];
    int count;

    for (int i = 0; i < THREADS; i++) {
        start(&threads[i], wait_within, &p);
    }
    /* Before it sleeps, or asleep, or while it waits for the lock. */
    for (int i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_cancel(threads[i]), 0);
        cr_assert_eq(join(threads[i]), PTHREAD_CANCELED);
    }
    count = guard_with(p.guard, say_count, &p);
    cr_assert_geq(count, 0, "guard_wait returned, and nothing was ready");
    check_free(&p);
    guard_destroy(p.guard);
}

static int wait_for_the_bell(void *arg)
{
    struct place *p = arg;

    p->count++;
    while (sem_wait(&p->bell) != 0) {
        continue; /* a signal came; nobody rings, a cancellation ends it */
    }
    return 0;
}

static void *listen_within(void *arg)
{
    struct place *p = arg;

    guard_with(p->guard, wait_for_the_bell, p);
    return NULL;
}

Test(guard, a_body_can_be_cancelled_with_the_lock_held, .timeout = 20.0)
{
    struct place p = {.guard = make()};
    pthread_t thread;

    cr_assert_eq(sem_init(&p.bell, 0, 0), 0);
    start(&thread, listen_within, &p);
    cr_assert_eq(pthread_cancel(thread), 0);
    cr_assert_eq(join(thread), PTHREAD_CANCELED);
    check_free(&p);
    guard_destroy(p.guard);
    sem_destroy(&p.bell);
}

/* The outer guard is held, and the body of the inner one sleeps. */
static int wait_in_the_inner(void *arg)
{
    struct place *p = arg;

    guard_wait(p->inner, never, p);
    return 0;
}

static int enter_the_inner(void *arg)
{
    struct place *p = arg;

    return guard_with(p->inner, wait_in_the_inner, p);
}

static void *wait_in_both(void *arg)
{
    struct place *p = arg;

    guard_with(p->guard, enter_the_inner, p);
    return NULL;
}

Test(guard, guards_within_guards_are_all_released, .timeout = 20.0)
{
    struct place p = {.guard = make(), .inner = make()};
    struct place q = {.guard = p.inner};
    pthread_t thread;

    start(&thread, wait_in_both, &p);
    cr_assert_eq(pthread_cancel(thread), 0);
    cr_assert_eq(join(thread), PTHREAD_CANCELED);
    check_free(&q);
    check_free(&p);
    guard_destroy(p.inner);
    guard_destroy(p.guard);
}

/* Sleepers that wait for different counts. */
struct waiter {
    struct place *place;
    pthread_t thread;
    int goal;
    int found; /* the count when it went on */
};

static bool is_there(void *arg)
{
    const struct waiter *w = arg;

    return w->place->count >= w->goal;
}

static int wait_for_goal(void *arg)
{
    struct waiter *w = arg;

    guard_wait(w->place->guard, is_there, w);
    w->found = w->place->count;
    return ANSWER;
}

static void *wait_for_goal_within(void *arg)
{
    struct waiter *w = arg;

    if (guard_with(w->place->guard, wait_for_goal, w) != ANSWER) {
        w->found = -1;
    }
    return NULL;
}

static int add_one_and_tell(void *arg)
{
    struct place *p = arg;

    p->count++;
    guard_notify(p->guard);
    return 0;
}

Test(guard, every_sleeper_hears_the_news, .timeout = 20.0)
{
    struct place p = {.guard = make()};
    struct waiter waiters[] = {{.place = &p, .goal = 2},
                               {.place = &p, .goal = 1},
                               {.place = &p, .goal = 2}};

    for (int i = 0; i < 3; i++) {
        start(&waiters[i].thread, wait_for_goal_within, &waiters[i]);
    }
    guard_with(p.guard, add_one_and_tell, &p);
    guard_with(p.guard, add_one_and_tell, &p);
    for (int i = 0; i < 3; i++) {
        join(waiters[i].thread);
    }
    for (int i = 0; i < 3; i++) {
        cr_assert_geq(waiters[i].found, waiters[i].goal,
                      "woken at %d, waiting for %d", waiters[i].found,
                      waiters[i].goal);
    }
    check_free(&p);
    guard_destroy(p.guard);
}

static int pass_a_point_of_cancellation(void *arg)
{
    struct place *p = arg;

    pthread_testcancel();
    p->count = ANSWER;
    return 0;
}

/* A thread that is not to be cancelled now, and that somebody cancels. */
static void *enter_closed_to_cancellation(void *arg)
{
    struct place *p = arg;
    int open;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &open);
    pthread_cancel(pthread_self());
    guard_with(p->guard, pass_a_point_of_cancellation, p);
    return &p->count;
}

Test(guard, a_thread_closed_to_cancellation_stays_so, .timeout = 20.0)
{
    struct place p = {.guard = make()};
    pthread_t thread;

    start(&thread, enter_closed_to_cancellation, &p);
    cr_assert_eq(join(thread), &p.count, "it was cancelled all the same");
    cr_assert_eq(guard_with(p.guard, say_count, &p), ANSWER);
    check_free(&p);
    guard_destroy(p.guard);
}
