/* SPDX-License-Identifier: MIT */
/* test_crew.c - what crew.h promises, with signals that are really sent.
 *
 * Steps send them, to the whole process. The test has a handler for both
 * signals which only counts: if one gets where it should not, the test can
 * say so instead of being ended by it. */
#include "crew.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "threadlab.h"

enum { WORKERS = 2, UNTOUCHED = -7 };

static volatile sig_atomic_t handled;

static void count_signal(int number)
{
    (void)number;
    handled = handled + 1;
}

/* What the steps of a crew do together, and what they saw. */
struct job {
    bool waits_in_work; /* constant: such a step sleeps until there is news */
    bool waits_in_finish;
    int third; /* constant: a signal, sent by who is told to stop; 0: none */

    pthread_mutex_t lock; /* guards every field below */
    int signals[2];       /* sent by the first step of each kind; 0: none */
    int work_left;        /* steps of CREW_WORK, if they do not wait */
    int finish_left;      /* the same for CREW_FINISH */
    int work_steps;
    int finish_steps;
    int other_steps;
    int unblocked; /* steps that ran with a signal not blocked */
    int no_news;   /* waits that returned what was known */
    int stops;     /* waits that returned CREW_STOP */
    int inside;    /* steps that have not returned */
};

static struct job new_job(void)
{
    return (struct job){.lock = PTHREAD_MUTEX_INITIALIZER};
}

static void send_one(struct job *j, int which)
{
    int number = j->signals[which];

    if (number != 0) {
        j->signals[which] = 0;
        kill(getpid(), number);
    }
}

/* Whoever hears it has the time to do something wrong. */
static void send_third(const struct job *j)
{
    const struct timespec nap = {.tv_nsec = 10000000};

    if (j->third != 0) {
        kill(getpid(), j->third);
        nanosleep(&nap, NULL);
    }
}

static bool both_blocked(void)
{
    sigset_t mask;

    sigemptyset(&mask);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    return sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGTERM) == 1;
}

static bool do_step(struct crew *c, enum crew_how how, void *arg)
{
    struct job *j = arg;
    enum crew_how news = how;
    bool waits = (how == CREW_WORK && j->waits_in_work) ||
                 (how == CREW_FINISH && j->waits_in_finish);
    bool more = false;

    pthread_mutex_lock(&j->lock);
    j->inside++;
    j->unblocked += !both_blocked();
    send_one(j, how == CREW_WORK ? 0 : 1);
    pthread_mutex_unlock(&j->lock);
    if (waits) {
        news = crew_wait(c, how);
    }
    if (news == CREW_STOP) {
        send_third(j);
    }
    pthread_mutex_lock(&j->lock);
    if (how == CREW_WORK) {
        j->work_steps++;
        more = waits || --j->work_left > 0;
    } else if (how == CREW_FINISH) {
        j->finish_steps++;
        more = waits || --j->finish_left > 0;
    } else {
        j->other_steps++;
    }
    j->no_news += waits && news <= how;
    j->stops += news == CREW_STOP;
    j->inside--;
    pthread_mutex_unlock(&j->lock);
    return more && (!waits || news > how);
}

static bool same_for_both(const sigset_t *a, const sigset_t *b)
{
    return sigismember(a, SIGINT) == sigismember(b, SIGINT) &&
           sigismember(a, SIGTERM) == sigismember(b, SIGTERM) &&
           sigismember(a, SIGUSR1) == sigismember(b, SIGUSR1);
}

struct run {
    int rc;
    int signal;
    bool mask_kept;
};

/* Run a crew, with a handler for both signals, and `blocked` blocked. */
static struct run run_crew(struct job *j, size_t workers, int blocked)
{
    struct sigaction action = {.sa_handler = count_signal};
    struct run r = {.signal = UNTOUCHED};
    sigset_t before;
    sigset_t after;

    handled = 0;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigemptyset(&before);
    if (blocked != 0) {
        sigaddset(&before, blocked);
    }
    pthread_sigmask(SIG_BLOCK, &before, NULL);
    pthread_sigmask(SIG_BLOCK, NULL, &before);
    r.rc = crew_run(workers, do_step, j, &r.signal);
    sigemptyset(&after);
    pthread_sigmask(SIG_BLOCK, NULL, &after);
    r.mask_kept = same_for_both(&before, &after);
    return r;
}

static void check(const struct run *r, const struct job *j)
{
    cr_assert_eq(r->rc, 0, "crew_run returned %d", r->rc);
    cr_assert_eq(j->inside, 0, "returned while a step was running");
    cr_assert_eq(j->unblocked, 0, "steps ran with the signals not blocked");
    cr_assert_eq(j->no_news, 0, "crew_wait returned without any news");
    cr_assert_eq(j->other_steps, 0, "a step was called after CREW_STOP");
    cr_assert_eq(handled, 0, "a signal got to the handler of the caller");
    cr_assert(r->mask_kept, "the caller's mask is another one now");
}

Test(crew, it_ends_when_all_is_done, .timeout = 20.0)
{
    struct job j = new_job();
    struct run r;

    j.work_left = 5;
    r = run_crew(&j, WORKERS, SIGTERM);
    check(&r, &j);
    cr_assert_eq(r.signal, 0, "nobody sent a signal, and %d was heard",
                 r.signal);
    cr_assert_geq(j.work_steps, 5);
    cr_assert_eq(j.finish_steps, 0, "nobody asked to finish");
    raise(SIGINT);
    cr_assert_eq(handled, 1, "the caller does not get its signals any more");
}

Test(crew, a_signal_lets_it_finish, .timeout = 20.0)
{
    struct job j = new_job();
    struct run r;

    j.signals[0] = SIGTERM;
    j.waits_in_work = true;
    j.finish_left = 5;
    r = run_crew(&j, WORKERS, 0);
    check(&r, &j);
    cr_assert_eq(r.signal, SIGTERM, "heard %d, not SIGTERM", r.signal);
    cr_assert_geq(j.finish_steps, 5, "%d steps of 5 were called to finish",
                  j.finish_steps);
    cr_assert_eq(j.stops, 0, "one signal was taken for two");
}

Test(crew, a_second_signal_stops_it, .timeout = 20.0)
{
    struct job j = new_job();
    struct run r;

    j.signals[0] = SIGINT;
    j.signals[1] = SIGTERM;
    j.waits_in_work = true;
    j.waits_in_finish = true;
    r = run_crew(&j, WORKERS, SIGINT);
    check(&r, &j);
    cr_assert_eq(r.signal, SIGINT, "heard %d, not SIGINT", r.signal);
    cr_assert_geq(j.finish_steps, 1);
    cr_assert_geq(j.stops, 1, "two signals, and nobody was told to stop");
}

Test(crew, a_third_signal_changes_nothing, .timeout = 20.0)
{
    struct job j = new_job();
    struct run r;

    j.signals[0] = SIGTERM;
    j.signals[1] = SIGINT;
    j.third = SIGTERM;
    j.waits_in_work = true;
    j.waits_in_finish = true;
    r = run_crew(&j, 1, 0);
    check(&r, &j);
    cr_assert_eq(r.signal, SIGTERM, "heard %d, not SIGTERM", r.signal);
    cr_assert_geq(j.stops, 1, "two signals, and nobody was told to stop");
}

Test(crew, a_signal_in_the_last_step_is_heard, .timeout = 20.0)
{
    struct job j = new_job();
    struct run r;

    j.signals[0] = SIGTERM;
    j.work_left = 1;
    r = run_crew(&j, 1, SIGUSR1);
    check(&r, &j);
    cr_assert_eq(r.signal, SIGTERM, "heard %d, not SIGTERM", r.signal);
    cr_assert_eq(j.work_steps, 1);
}

Test(crew, a_crew_that_cannot_start_leaves_nothing, .timeout = 20.0)
{
    struct job j = new_job();
    struct run r = run_crew(&j, 0, 0);

    cr_assert_eq(r.rc, EINVAL, "a crew of nobody");
    for (int created = 0; created < 2; created++) {
        j = new_job();
        j.waits_in_work = true;
        tl_fail_create(created);
        r = run_crew(&j, 3, SIGTERM);
        tl_fail_create(-1);
        cr_assert_eq(r.rc, EAGAIN);
        cr_assert_eq(j.finish_steps, 0, "nobody asked to finish");
        cr_assert_eq(r.signal, UNTOUCHED, "*out_signal written on an error");
        cr_assert_eq(j.inside, 0, "returned while a step was running");
        cr_assert(r.mask_kept, "the caller's mask is another one now");
    }
    cr_assert_eq(handled, 0, "a signal got to the handler of the caller");
}
