/* SPDX-License-Identifier: MIT */
/* test_sums.c - what sums.h promises of threads and of processes.
 *
 * What happened in a process is written to memory that the test has mapped as
 * shared, or comes out of a pipe; the test looks at it after the call. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sums.h"
#include <threadlab.h>

enum { TERMS = 10, UNTOUCHED = -4711 };

typedef int sum_function(size_t n, size_t workers,
                         long (*term)(size_t index, void *arg), void *arg,
                         long *out_sum);

static long square(size_t index, void *arg)
{
    (void)arg;
    return (long)(index * index);
}

/* 0 + 1 + 4 + ... for n terms */
static long squares_to(size_t n)
{
    long sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += square(i, NULL);
    }
    return sum;
}

static void check_sum(sum_function *f, const char *name, size_t n,
                      size_t workers)
{
    long sum = UNTOUCHED;
    int rc = f(n, workers, square, NULL, &sum);

    cr_assert_eq(rc, 0, "%s with %zu workers returned %d", name, workers, rc);
    cr_assert_eq(sum, squares_to(n), "%s says %ld, with %zu workers", name, sum,
                 workers);
}

/* After sum_by_processes: nobody is left to be waited for. */
static void check_no_child_is_left(void)
{
    int status;

    errno = 0;
    cr_assert_eq(waitpid(-1, &status, WNOHANG), -1, "a worker is left");
    cr_assert_eq(errno, ECHILD);
}

Test(sums, both_come_to_the_same, .timeout = 20.0)
{
    long sum = UNTOUCHED;

    check_sum(sum_by_threads, "sum_by_threads", TERMS, 1);
    check_sum(sum_by_threads, "sum_by_threads", TERMS, 3);
    check_sum(sum_by_threads, "sum_by_threads", 2, 4);
    check_sum(sum_by_threads, "sum_by_threads", 0, 2);
    check_sum(sum_by_processes, "sum_by_processes", TERMS, 1);
    check_sum(sum_by_processes, "sum_by_processes", TERMS, 3);
    check_sum(sum_by_processes, "sum_by_processes", 1, 2);
    cr_assert_eq(sum_by_threads(1, 0, square, NULL, &sum), EINVAL);
    cr_assert_eq(sum_by_processes(1, 0, square, NULL, &sum), EINVAL);
    cr_assert_eq(sum, UNTOUCHED, "*out_sum written, yet not 0 returned");
    check_no_child_is_left();
}

/* What terms leave behind: in memory of the process, and in shared memory. */
struct traces {
    int own[TERMS]; /* how often each was computed */
    struct {
        int times[TERMS];
        pid_t pid[TERMS];
    } * shared;
};

static long leave_traces(size_t index, void *arg)
{
    struct traces *t = arg;

    t->own[index]++;
    t->shared->times[index]++;
    t->shared->pid[index] = getpid();
    return 1;
}

Test(sums, threads_share_memory_and_processes_do_not, .timeout = 20.0)
{
    struct traces t = {{0}, NULL};
    long sum = UNTOUCHED;

    t.shared = mmap(NULL, sizeof *t.shared, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq(t.shared, MAP_FAILED);
    cr_assert_eq(sum_by_threads(TERMS, 3, leave_traces, &t, &sum), 0);
    cr_assert_eq(sum, TERMS);
    for (int i = 0; i < TERMS; i++) {
        cr_assert_eq(t.own[i], 1, "term %d, %d times", i, t.own[i]);
        cr_assert_eq(t.shared->pid[i], getpid(), "not in this process");
        t.own[i] = t.shared->times[i] = 0;
    }
    cr_assert_eq(sum_by_processes(TERMS, 3, leave_traces, &t, &sum), 0);
    cr_assert_eq(sum, TERMS);
    for (int i = 0; i < TERMS; i++) {
        cr_assert_eq(t.shared->times[i], 1, "term %d, %d times", i,
                     t.shared->times[i]);
        cr_assert_neq(t.shared->pid[i], getpid(), "not in another process");
        cr_assert_eq(t.own[i], 0, "the memory of a worker is its own");
    }
    munmap(t.shared, sizeof *t.shared);
}

/* Two terms, each of which ends only when the other has begun. They meet by
 * pipes, which serve threads and processes alike. */
struct meeting {
    int pipes[2][2]; /* term i writes to its own and reads from the other */
};

static long meet_the_other(size_t index, void *arg)
{
    struct meeting *m = arg;
    char byte = 0;

    return write(m->pipes[index][1], &byte, 1) == 1 &&
           read(m->pipes[1 - index][0], &byte, 1) == 1;
}

static void check_that_they_meet(sum_function *f, const char *name)
{
    struct meeting m;
    long sum = UNTOUCHED;
    int rc;

    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pipe(m.pipes[i]), 0);
    }
    rc = f(2, 2, meet_the_other, &m, &sum);
    for (int i = 0; i < 2; i++) {
        close(m.pipes[i][0]);
        close(m.pipes[i][1]);
    }
    cr_assert_eq(rc, 0, "%s returned %d", name, rc);
    cr_assert_eq(sum, 2, "%s: only %ld of 2 terms met the other", name, sum);
}

Test(sums, workers_are_at_work_at_the_same_time, .timeout = 20.0)
{
    check_that_they_meet(sum_by_threads, "sum_by_threads");
    check_that_they_meet(sum_by_processes, "sum_by_processes");
    check_no_child_is_left();
}

static long die_by_a_signal(size_t index, void *arg)
{
    (void)arg;
    if (index == TERMS / 2) {
        raise(SIGKILL);
    }
    return 1;
}

static long leave_early(size_t index, void *arg)
{
    (void)arg;
    if (index == TERMS / 2) {
        _exit(0);
    }
    return 1;
}

Test(sums, a_process_that_dies_takes_nobody_along, .timeout = 20.0)
{
    long sum = UNTOUCHED;
    int rc;

    rc = sum_by_processes(TERMS, 3, die_by_a_signal, NULL, &sum);
    cr_assert_eq(rc, EIO, "killed: %d", rc);
    rc = sum_by_processes(TERMS, 2, leave_early, NULL, &sum);
    cr_assert_eq(rc, EIO, "ended early: %d", rc);
    cr_assert_eq(sum, UNTOUCHED, "*out_sum written, yet not 0 returned");
    check_no_child_is_left();
    check_sum(sum_by_processes, "sum_by_processes", TERMS, 2);
}

Test(sums, a_thread_that_cannot_be_started_is_reported, .timeout = 20.0)
{
    long sum = UNTOUCHED;
    int rc;

    tl_fail_create(2);
    rc = sum_by_threads(TERMS, 4, square, NULL, &sum);
    tl_fail_create(-1);
    cr_assert_eq(rc, EAGAIN, "sum_by_threads returned %d", rc);
    cr_assert_eq(sum, UNTOUCHED, "*out_sum written, yet not 0 returned");
    check_sum(sum_by_threads, "sum_by_threads", TERMS, 4);
}

/* A child of the test's own, and text that is still in a buffer. */
Test(sums, workers_keep_their_hands_off_the_callers_things, .timeout = 20.0)
{
    char text[64] = "";
    int ends[2];
    FILE *out;
    pid_t child;
    int status = 0;

    cr_assert_eq(pipe(ends), 0);
    out = fdopen(ends[1], "w");
    cr_assert_not_null(out);
    fprintf(out, "once.");
    child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        _exit(42);
    }
    check_sum(sum_by_processes, "sum_by_processes", TERMS, 2);
    cr_assert_eq(waitpid(child, &status, 0), child,
                 "somebody has waited for a child that was not his");
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 42);
    fclose(out);
    for (size_t n = 0; n < sizeof text - 1;) {
        ssize_t got = read(ends[0], text + n, sizeof text - 1 - n);

        if (got <= 0) {
            break;
        }
        n += (size_t)got;
    }
    close(ends[0]);
    cr_assert_str_eq(text, "once.", "the text came out as: %s", text);
}

struct caller {
    pthread_t thread;
    sum_function *f;
    size_t n;
    int rc;
    long sum;
};

static void *call(void *arg)
{
    struct caller *c = arg;

    c->rc = c->f(c->n, 2, square, NULL, &c->sum);
    return NULL;
}

Test(sums, several_may_ask_at_the_same_time, .timeout = 20.0)
{
    struct caller callers[] = {
        {.f = sum_by_processes, .n = 4},
        {.f = sum_by_threads, .n = 5},
        {.f = sum_by_processes, .n = 6},
    };

    for (int i = 0; i < 3; i++) {
        cr_assert_eq(
            pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(pthread_join(callers[i].thread, NULL), 0);
    }
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(callers[i].rc, 0, "caller %d got %d", i, callers[i].rc);
        cr_assert_eq(callers[i].sum, squares_to(callers[i].n));
    }
    check_no_child_is_left();
}
