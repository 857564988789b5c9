/* SPDX-License-Identifier: MIT */
/* test_registry.c - what registry.h promises.
 *
 * A daemon may outlive the test that started it. So whatever threads use here
 * is static, guarded by `lock`, and never destroyed. (Every test runs in a
 * process of its own: the statics are fresh each time.) No test depends on
 * who runs first. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "registry.h"
#include <threadlab.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

/* Guarded by lock; changed is broadcast when one of them changes. */
static int done;        /* threads that did all they had to do */
static bool gate_open;  /* daemons may go on */
static int answer = -1; /* what a daemon's spawn returned */

/* Set before the first thread starts, constant from then on. */
static struct registry *registry;
static pthread_key_t key;

/* A line of descendants: each is given the next element. */
static const int levels[] = {0, 1, 2, 3};
static const int deepest = 3;

static void new_registry(void)
{
    registry = registry_create();
    cr_assert(registry != NULL, "registry_create returned NULL");
}

static void end_registry(void)
{
    registry_destroy(registry);
}

static void spawn(void *(*fn)(void *), void *arg, bool daemon)
{
    int rc = registry_spawn(registry, fn, arg, daemon);

    cr_assert_eq(rc, 0, "registry_spawn returned %d", rc);
}

static void add_done(void)
{
    pthread_mutex_lock(&lock);
    done++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static int count_done(void)
{
    int now;

    pthread_mutex_lock(&lock);
    now = done;
    pthread_mutex_unlock(&lock);
    return now;
}

/* After shutdown: so many threads must have done all they had to do. */
static void check_done(int expected)
{
    int now = count_done();

    cr_assert_eq(now, expected, "%d threads were done, not %d", now, expected);
}

static void wait_for_done(int enough)
{
    pthread_mutex_lock(&lock);
    while (done < enough) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
}

static int wait_for_answer(void)
{
    int got;

    pthread_mutex_lock(&lock);
    while (answer == -1) {
        pthread_cond_wait(&changed, &lock);
    }
    got = answer;
    pthread_mutex_unlock(&lock);
    return got;
}

static void open_gate(void)
{
    pthread_mutex_lock(&lock);
    gate_open = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void unlock(void *mutex)
{
    pthread_mutex_unlock(mutex);
}

static void wait_at_gate(void)
{
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, &lock); /* should somebody cancel us */
    while (!gate_open) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_cleanup_pop(1);
}

/* A short job. */
static void *work(void *arg)
{
    (void)arg;
    add_done();
    return NULL;
}

/* A daemon's job: nobody ever opens the gate. */
static void *wait_for_ever(void *arg)
{
    (void)arg;
    wait_at_gate();
    return NULL;
}

/* A daemon's job: do something, and then something without end. */
static void *work_and_wait(void *arg)
{
    (void)arg;
    add_done();
    wait_at_gate();
    return NULL;
}

/* A daemon's job: ask for a thread and tell what came. */
static void *ask(void *arg)
{
    int rc = registry_spawn(registry, work, NULL, false);

    (void)arg;
    pthread_mutex_lock(&lock);
    answer = rc;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *ask_after_shutdown(void *arg)
{
    wait_at_gate();
    return ask(arg);
}

/* Start a child, which does the same, down to the deepest; then be done. */
static void *have_a_child(void *arg)
{
    const int *level = arg;

    if (*level < deepest && registry_spawn(registry, have_a_child,
                                           (void *)(level + 1), false) != 0) {
        return NULL; /* not done */
    }
    add_done();
    return NULL;
}

/* Start two short jobs and a daemon. */
static void *have_three_children(void *arg)
{
    (void)arg;
    if (registry_spawn(registry, work, NULL, false) == 0 &&
        registry_spawn(registry, wait_for_ever, NULL, true) == 0 &&
        registry_spawn(registry, work, NULL, false) == 0) {
        add_done();
    }
    return NULL;
}

/* Leave the last step to a destructor, which runs after the job returns. */
static void *leave_a_value(void *arg)
{
    pthread_setspecific(key, arg);
    return NULL;
}

static void last_step(void *value)
{
    (void)value;
    add_done();
}

Test(registry, shutdown_waits_for_every_thread, .timeout = 20.0)
{
    new_registry();
    for (int i = 0; i < 3; i++) {
        spawn(work, NULL, false);
    }
    registry_shutdown(registry);
    check_done(3);
    end_registry();
}

Test(registry, shutdown_never_waits_for_a_daemon, .timeout = 20.0)
{
    new_registry();
    spawn(wait_for_ever, NULL, true);
    spawn(work_and_wait, NULL, true);
    registry_shutdown(registry);
    end_registry();
    wait_for_done(1); /* a daemon may start late, and needs no registry */
}

Test(registry, daemons_run_on_but_start_no_more_threads, .timeout = 20.0)
{
    int got;

    new_registry();
    spawn(ask_after_shutdown, NULL, true);
    registry_shutdown(registry);
    cr_assert_eq(registry_spawn(registry, work, NULL, false), ESHUTDOWN);
    cr_assert_eq(registry_spawn(registry, work, NULL, true), ESHUTDOWN);

    open_gate();
    got = wait_for_answer();
    cr_assert_eq(got, ESHUTDOWN, "the daemon's spawn returned %d", got);
    check_done(0);
    end_registry();
}

/* A daemon asks before shutdown, after it or during it. Nobody waits for the
 * daemon, so it is none of those whose end makes shutdown look again. */
Test(registry, a_thread_is_waited_for_or_refused, .timeout = 20.0)
{
    int at_return;
    int got;

    new_registry();
    spawn(ask, NULL, true);
    registry_shutdown(registry);
    at_return = count_done();
    got = wait_for_answer();
    cr_assert(got == 0 || got == ESHUTDOWN, "the daemon's spawn returned %d",
              got);
    if (got == 0) {
        cr_assert_eq(at_return, 1,
                     "a thread was started, and shutdown did not wait for it");
    }
    end_registry();
}

Test(registry, late_starters_are_waited_for, .timeout = 20.0)
{
    new_registry();
    spawn(have_a_child, (void *)&levels[0], false);
    wait_for_done(deepest - 1); /* the last two may be yet to come */
    for (int i = 0; i < 3; i++) {
        spawn(work, NULL, false);
    }
    registry_shutdown(registry);
    check_done(deepest + 4);
    end_registry();
}

Test(registry, any_thread_may_spawn, .timeout = 20.0)
{
    new_registry();
    for (int i = 0; i < 3; i++) {
        spawn(have_three_children, NULL, false);
    }
    wait_for_done(3); /* one parent and its children, perhaps */
    spawn(work, NULL, false);
    spawn(work, NULL, false);
    registry_shutdown(registry);
    check_done(11);
    end_registry();
}

Test(registry, a_failed_start_leaves_nothing_behind, .timeout = 20.0)
{
    int thread_rc;
    int daemon_rc;

    new_registry();
    tl_fail_create(1);
    spawn(work, NULL, false);
    thread_rc = registry_spawn(registry, work, NULL, false);
    daemon_rc = registry_spawn(registry, work, NULL, true);
    tl_fail_create(-1);
    cr_assert_eq(thread_rc, EAGAIN, "returned %d, not EAGAIN", thread_rc);
    cr_assert_eq(daemon_rc, EAGAIN, "returned %d, not EAGAIN", daemon_rc);
    spawn(work, NULL, false);
    registry_shutdown(registry);
    check_done(2);
    end_registry();
}

Test(registry, joined_means_destructors_have_run, .timeout = 20.0)
{
    new_registry();
    cr_assert_eq(pthread_key_create(&key, last_step), 0);
    for (int i = 0; i < 2; i++) {
        spawn(leave_a_value, &done, false);
    }
    registry_shutdown(registry);
    check_done(2);
    cr_assert_eq(pthread_key_delete(key), 0);
    end_registry();
}
