/* SPDX-License-Identifier: MIT */
/* test_crew.c - what crew.h promises about jobs that fail, and about those
 * that do not.
 *
 * Jobs write to a place of their own, and the hook to a list, without any lock:
 * the crew promises that who waits needs none, and that hooks take turns. */
#include "crew.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>

#include "threadlab.h"

/* What one job does: it counts its runs, and the first `failures` of them fail
 * with `error`. */
struct work {
    int failures;
    int error;
    int runs;
};

static int do_work(void *arg)
{
    struct work *w = arg;

    w->runs++;
    if (w->runs <= w->failures) {
        errno = w->error;
        return -1;
    }
    errno = ENOENT; /* it looked for something, and got on without */
    return 0;
}

/* What the hook was told. No lock: its calls come one at a time. */
enum { ENTRIES = 16 };

struct report {
    int count;
    struct entry {
        void *job_arg;
        int error;
    } entries[ENTRIES];

    struct crew *crew; /* to submit the job again; NULL: do not */
    int refused;
};

static void note(void *job_arg, int error, void *hook_arg)
{
    struct report *r = hook_arg;

    if (r->count < ENTRIES) {
        r->entries[r->count] = (struct entry){job_arg, error};
    }
    r->count++;
    if (r->crew != NULL && r->count < ENTRIES) { /* not for ever */
        r->refused += crew_submit(r->crew, do_work, job_arg) != 0;
    }
    errno = EBADF; /* a hook calls other functions, and some of them fail */
}

/* How often the hook was told of this job, with the right error. */
static int notes_of(const struct report *r, const struct work *w)
{
    int count = 0;

    for (int i = 0; i < r->count && i < ENTRIES; i++) {
        count += r->entries[i].job_arg == w && r->entries[i].error == w->error;
    }
    return count;
}

Test(crew, an_error_goes_to_the_hook_and_to_who_waits, .timeout = 20.0)
{
    struct report report = {.count = 0};
    struct work works[] = {{.failures = 0},
                           {.failures = 1, .error = EDOM},
                           {.failures = 0},
                           {.failures = 1, .error = ERANGE}};
    struct crew *crew = crew_create(2, note, &report);
    int refused = 0;
    int rc = 0;

    cr_assert_not_null(crew);
    cr_assert_eq(crew_wait(crew), 0, "an error before the first job");
    for (int i = 0; i < 4; i++) {
        refused += crew_submit(crew, do_work, &works[i]) != 0;
    }
    rc = crew_wait(crew);
    cr_assert_eq(refused, 0);
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(works[i].runs, 1, "job %d ran %d times", i, works[i].runs);
        cr_assert_eq(notes_of(&report, &works[i]), works[i].failures,
                     "the hook was told %d times of job %d, which failed %d",
                     notes_of(&report, &works[i]), i, works[i].failures);
    }
    cr_assert_eq(report.count, 2);
    cr_assert_eq(rc, EDOM, "crew_wait returned %d; job 1 failed with %d", rc,
                 EDOM);

    /* A clean sheet: the same jobs succeed now. */
    for (int i = 0; i < 4; i++) {
        refused += crew_submit(crew, do_work, &works[i]) != 0;
    }
    rc = crew_wait(crew);
    cr_assert_eq(refused, 0);
    cr_assert_eq(rc, 0, "crew_wait returned %d, and no job has failed", rc);
    cr_assert_eq(report.count, 2);
    cr_assert_eq(crew_destroy(crew), 0);
}

Test(crew, workers_go_on_after_errors, .timeout = 20.0)
{
    enum { WORKS = 6 };
    struct report report = {.count = 0};
    struct work works[WORKS];
    struct crew *crew = crew_create(2, note, &report);
    int refused = 0;
    int rc = 0;

    cr_assert_not_null(crew);
    for (int i = 0; i < WORKS; i++) {
        works[i] = (struct work){.failures = 1, .error = i + 1};
        refused += crew_submit(crew, do_work, &works[i]) != 0;
    }
    rc = crew_wait(crew);
    cr_assert_eq(refused, 0);
    cr_assert_eq(report.count, WORKS, "%d jobs failed, %d calls of the hook",
                 WORKS, report.count);
    for (int i = 0; i < WORKS; i++) {
        cr_assert_eq(works[i].runs, 1, "job %d ran %d times", i, works[i].runs);
        cr_assert_eq(notes_of(&report, &works[i]), 1);
    }
    cr_assert_eq(rc, 1, "error %d is not that of the job submitted first", rc);
    cr_assert_eq(crew_destroy(crew), 0);
}

Test(crew, the_hook_may_submit_the_job_again, .timeout = 20.0)
{
    struct report report = {.count = 0};
    struct work works[2] = {{.failures = 2, .error = EAGAIN},
                            {.failures = 1, .error = EAGAIN}};
    struct crew *crew = crew_create(2, note, &report);
    int refused = 0;
    int rc = 0;

    cr_assert_not_null(crew);
    report.crew = crew;
    for (int i = 0; i < 2; i++) {
        refused += crew_submit(crew, do_work, &works[i]) != 0;
    }
    rc = crew_wait(crew);
    cr_assert_eq(refused + report.refused, 0);
    cr_assert_eq(rc, EAGAIN);
    cr_assert_eq(report.count, 3, "3 failures, %d calls of the hook",
                 report.count);
    cr_assert_eq(works[0].runs, 3);
    cr_assert_eq(works[1].runs, 2);
    cr_assert_eq(crew_destroy(crew), 0);
}

struct waiter {
    pthread_t thread;
    struct crew *crew;
    const struct work *work;
    int rc;
    int runs; /* of that work, when the wait was over */
};

static void *wait_and_look(void *arg)
{
    struct waiter *w = arg;

    w->rc = crew_wait(w->crew);
    w->runs = w->work->runs;
    return NULL;
}

Test(crew, one_of_all_who_wait_gets_the_error, .timeout = 20.0)
{
    struct work works[2] = {{.failures = 1, .error = EDOM}, {.failures = 0}};
    struct crew *crew = crew_create(2, NULL, NULL);
    struct waiter waiters[2];
    int refused = 0;
    int told = 0;

    cr_assert_not_null(crew);
    for (int i = 0; i < 2; i++) {
        refused += crew_submit(crew, do_work, &works[i]) != 0;
    }
    for (int i = 0; i < 2; i++) {
        waiters[i] = (struct waiter){.crew = crew, .work = &works[i]};
        cr_assert_eq(pthread_create(&waiters[i].thread, NULL, wait_and_look,
                                    &waiters[i]),
                     0);
    }
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_join(waiters[i].thread, NULL), 0);
        told += waiters[i].rc == EDOM;
    }
    cr_assert_eq(refused, 0);
    for (int i = 0; i < 2; i++) {
        cr_assert(waiters[i].rc == EDOM || waiters[i].rc == 0);
        cr_assert_eq(waiters[i].runs, 1);
    }
    cr_assert_eq(told, 1, "%d of 2 waits returned the error", told);
    cr_assert_eq(crew_destroy(crew), 0, "an error that was returned before");
}

/* A job that submits another one before it ends. */
struct chain {
    struct crew *crew;
    struct work *next;
    int refused;
    sem_t *over; /* posted at the end; or NULL */
};

static int submit_next(void *arg)
{
    struct chain *c = arg;

    c->refused = crew_submit(c->crew, do_work, c->next) != 0;
    if (c->over != NULL) {
        sem_post(c->over);
    }
    return 0;
}

/* The second job may have ended before crew_submit has returned to the first.
 * Who waits still has to wait for both. */
Test(crew, a_job_that_submits_is_waited_for_to_its_end, .timeout = 20.0)
{
    struct work work = {.failures = 0};
    struct crew *crew = crew_create(2, NULL, NULL);
    struct chain chain = {.crew = crew, .next = &work};
    sem_t over;
    int rc = 0;

    cr_assert_not_null(crew);
    cr_assert_eq(sem_init(&over, 0, 0), 0);
    chain.over = &over;
    cr_assert_eq(crew_submit(crew, submit_next, &chain), 0);
    rc = crew_wait(crew);
    cr_assert_eq(sem_trywait(&over), 0,
                 "crew_wait returned while a job was still running");
    cr_assert_eq(rc, 0);
    cr_assert_eq(crew_destroy(crew), 0);
    sem_destroy(&over);
    cr_assert_eq(chain.refused, 0);
    cr_assert_eq(work.runs, 1);
}

static void *submit_meanwhile(void *arg)
{
    submit_next(arg);
    return NULL;
}

Test(crew, jobs_may_come_while_somebody_waits, .timeout = 20.0)
{
    struct work work = {.failures = 1, .error = EIO};
    struct crew *crew = crew_create(2, NULL, NULL);
    struct chain chain = {.crew = crew, .next = &work};
    pthread_t thread;
    int waited = 0;
    int destroyed = 0;

    cr_assert_not_null(crew);
    cr_assert_eq(pthread_create(&thread, NULL, submit_meanwhile, &chain), 0);
    waited = crew_wait(crew); /* before the job, or after it */
    cr_assert_eq(pthread_join(thread, NULL), 0);
    destroyed = crew_destroy(crew);
    cr_assert_eq(chain.refused, 0);
    cr_assert_eq(work.runs, 1);
    cr_assert((waited == EIO && destroyed == 0) ||
                  (waited == 0 && destroyed == EIO),
              "one job failed with %d; crew_wait returned %d, and then "
              "crew_destroy %d",
              EIO, waited, destroyed);
}

Test(crew, destroy_returns_what_nobody_has_waited_for, .timeout = 20.0)
{
    struct report report = {.count = 0};
    struct work works[3] = {{.failures = 0},
                            {.failures = 1, .error = EIO},
                            {.failures = 1, .error = EDOM}};
    struct crew *crew = crew_create(2, note, &report);
    struct chain chain = {.crew = crew, .next = &works[2]};
    int refused = 0;
    int rc = 0;

    cr_assert_not_null(crew);
    refused += crew_submit(crew, do_work, &works[0]) != 0;
    refused += crew_submit(crew, do_work, &works[1]) != 0;
    refused += crew_submit(crew, submit_next, &chain) != 0;
    rc = crew_destroy(crew);
    cr_assert_eq(refused + chain.refused, 0);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(works[i].runs, 1, "job %d ran %d times", i, works[i].runs);
    }
    cr_assert_eq(report.count, 2);
    cr_assert_eq(rc, EIO, "crew_destroy returned %d; a job failed with %d", rc,
                 EIO);
}

Test(crew, create_fails_as_a_whole_and_leaves_nothing, .timeout = 20.0)
{
    struct work work = {.failures = 1, .error = EDOM};
    struct crew *crew = crew_create(2, NULL, NULL);

    cr_assert_not_null(crew);
    cr_assert_eq(crew_destroy(crew), 0); /* nothing was ever submitted */
    cr_assert_null(crew_create(0, NULL, NULL), "a crew without workers");
    for (int started = 0; started < 2; started++) {
        tl_fail_create(started);
        cr_assert_null(crew_create(2, NULL, NULL), "a crew lacks a worker");
        tl_fail_create(-1);
    }
    crew = crew_create(1, NULL, NULL);
    cr_assert_not_null(crew);
    cr_assert_eq(crew_submit(crew, do_work, &work), 0);
    cr_assert_eq(crew_destroy(crew), EDOM);
    cr_assert_eq(work.runs, 1);
}

/* What was settled in one round has no say in the next. */
Test(crew, each_wait_has_an_error_of_its_own, .timeout = 20.0)
{
    struct work works[2] = {{.failures = 1, .error = EDOM},
                            {.failures = 1, .error = ERANGE}};
    struct crew *crew = crew_create(2, NULL, NULL);
    int refused = 0;
    int rc[2];

    cr_assert_not_null(crew);
    for (int i = 0; i < 2; i++) {
        refused += crew_submit(crew, do_work, &works[i]) != 0;
        rc[i] = crew_wait(crew);
    }
    cr_assert_eq(crew_destroy(crew), 0, "an error that was returned before");
    cr_assert_eq(refused, 0);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(rc[i], works[i].error,
                     "the job of round %d failed with %d; crew_wait returned "
                     "%d",
                     i, works[i].error, rc[i]);
    }
}

Test(crew, nobody_waits_for_a_job_that_was_refused, .timeout = 20.0)
{
    struct work works[2] = {{.failures = 0}, {.failures = 0}};
    struct crew *crew = crew_create(1, NULL, NULL);
    int rc = 0;
    int waited = 0;

    cr_assert_not_null(crew);
    cr_assert_eq(crew_submit(crew, do_work, &works[0]), 0);
    cr_assert_eq(crew_wait(crew), 0);
    tl_fail_malloc(0);
    rc = crew_submit(crew, do_work, &works[1]);
    tl_fail_malloc(-1);
    waited = crew_wait(crew);
    cr_assert_eq(crew_destroy(crew), 0);
    cr_assert(rc == 0 || rc == ENOMEM, "crew_submit returned %d", rc);
    cr_assert_eq(waited, 0, "crew_wait returned %d, and no job has failed",
                 waited);
    cr_assert_eq(works[1].runs, rc == 0,
                 "a job ran %d times, though crew_submit returned %d",
                 works[1].runs, rc);
}
