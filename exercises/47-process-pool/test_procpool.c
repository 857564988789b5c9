/* SPDX-License-Identifier: MIT */
/* test_procpool.c - what procpool.h promises of processes that compute, meet,
 * die and are killed.
 *
 * What happens in a worker comes back in the result. */
#include "procpool.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a worker is to do, and what it says. */
enum deed { SQUARE, MEET, DIE, LEAVE, DISTURB };

struct order {
    enum deed deed;
    long number;
    int ends[2]; /* MEET: of one pipe to write to, and of one to read from */
    pid_t boss;  /* DISTURB: whom */
};

struct answer {
    long number;
    pid_t pid;
};

static void obey(const void *in, void *out)
{
    const struct order *order = in;
    struct answer *answer = out;
    char byte = 'x';

    switch (order->deed) {
    case SQUARE:
        break;
    case MEET:
        if (write(order->ends[0], &byte, 1) != 1 ||
            read(order->ends[1], &byte, 1) != 1) {
            _exit(1);
        }
        break;
    case DIE:
        raise(SIGKILL);
        break;
    case LEAVE:
        _exit(0);
    case DISTURB:
        for (int i = 0; i < 5 && getppid() == order->boss; i++) {
            usleep(1000);
            kill(order->boss, SIGUSR1); /* and nobody who adopts us */
        }
        break;
    }
    answer->number = order->number * order->number;
    answer->pid = getpid();
}

static struct procpool *create(size_t workers)
{
    struct procpool *p = procpool_create(workers, obey, sizeof(struct order),
                                         sizeof(struct answer));

    cr_assert_not_null(p, "procpool_create returned NULL");
    return p;
}

static int call(struct procpool *p, enum deed deed, struct answer *answer)
{
    struct order order = {.deed = deed, .number = 7, .boss = getpid()};

    memset(answer, 0, sizeof(*answer));
    return procpool_call(p, &order, answer);
}

static int open_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

/* No child, and as many descriptors as before. */
static void check_nothing_is_left(int descriptors)
{
    int status = 0;

    errno = 0;
    cr_assert_eq(waitpid(-1, &status, WNOHANG), -1,
                 "a worker is left, running or not waited for");
    cr_assert_eq(errno, ECHILD);
    cr_assert_eq(open_descriptors(), descriptors,
                 "%d descriptors were open before, and %d after", descriptors,
                 open_descriptors());
}

Test(procpool, a_call_is_made_in_another_process, .timeout = 20.0)
{
    int descriptors = open_descriptors();
    struct procpool *p = create(2);
    struct answer answer;
    pid_t child = 0;
    int status = 0;

    for (int i = 0; i < 3; i++) {
        cr_assert_eq(call(p, SQUARE, &answer), 0);
        cr_assert_eq(answer.number, 49, "the square of 7 came out as %ld",
                     answer.number);
        cr_assert_neq(answer.pid, getpid(), "not in another process");
    }
    child = fork(); /* somebody else's */
    cr_assert_geq(child, 0);
    if (child == 0) {
        _exit(42);
    }
    procpool_destroy(p);
    cr_assert_eq(waitpid(child, &status, 0), child,
                 "somebody has waited for a child that was not his");
    check_nothing_is_left(descriptors);
}

/* More than a socket holds. */
enum { LARGE = 400000 };

static void add_up(const void *in, void *out)
{
    const unsigned char *from = in;
    long sum = 0;

    for (size_t i = 0; i < LARGE; i++) {
        sum += from[i];
    }
    memcpy(out, &sum, sizeof(sum));
}

static void fill(const void *in, void *out)
{
    memset(out, *(const char *)in, LARGE);
}

Test(procpool, messages_may_be_large, .timeout = 20.0)
{
    struct procpool *p = procpool_create(1, fill, 1, LARGE);
    char *bytes = calloc(1, LARGE);
    long sum = 0;
    size_t right = 0;

    cr_assert_not_null(p, "procpool_create returned NULL");
    cr_assert_not_null(bytes);
    for (char byte = 2; byte < 4; byte++) {
        cr_assert_eq(procpool_call(p, &byte, bytes), 0);
        for (right = 0; right < LARGE && bytes[right] == byte;) {
            right++;
        }
        cr_assert_eq(right, LARGE, "of a result of %d bytes %zu are right",
                     LARGE, right);
    }
    procpool_destroy(p);

    p = procpool_create(1, add_up, LARGE, sizeof(long));
    cr_assert_not_null(p, "procpool_create returned NULL");
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(procpool_call(p, bytes, &sum), 0);
        cr_assert_eq(sum, 3L * LARGE, "a task of %d bytes has not arrived so",
                     LARGE);
    }
    procpool_destroy(p);
    free(bytes);
}

/* A thread that gives an order or two. */
struct caller {
    pthread_t thread;
    struct procpool *pool;
    struct order order;
    int calls;

    int rc;
    struct answer answer;
    int wrong; /* answers to somebody else */
};

static void *give_orders(void *arg)
{
    struct caller *c = arg;

    for (int i = 0; i < c->calls && c->rc == 0; i++) {
        c->rc = procpool_call(c->pool, &c->order, &c->answer);
        c->wrong +=
            c->rc == 0 && c->answer.number != c->order.number * c->order.number;
    }
    return NULL;
}

static void start_callers(struct caller callers[], int count,
                          struct procpool *p)
{
    for (int i = 0; i < count; i++) {
        callers[i].pool = p;
        callers[i].order.number = i + 2;
        cr_assert_eq(
            pthread_create(&callers[i].thread, NULL, give_orders, &callers[i]),
            0);
    }
}

static void join_callers(struct caller callers[], int count)
{
    for (int i = 0; i < count; i++) {
        cr_assert_eq(pthread_join(callers[i].thread, NULL), 0);
        cr_assert_eq(callers[i].wrong, 0, "an answer to another question");
    }
}

Test(procpool, threads_share_the_workers, .timeout = 20.0)
{
    int descriptors = open_descriptors();
    struct procpool *p = create(2);
    struct caller callers[3] = {{.calls = 2}, {.calls = 1}, {.calls = 1}};

    start_callers(callers, 3, p);
    join_callers(callers, 3);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(callers[i].rc, 0, "a call returned %d", callers[i].rc);
    }
    procpool_destroy(p);
    check_nothing_is_left(descriptors);
}

/* Two tasks meet with two pipes: each writes to one and reads from the other.
 * Open them before the workers are started. */
struct place {
    int there[2];
    int back[2];
};

static void open_place(struct place *at)
{
    cr_assert_eq(pipe(at->there), 0);
    cr_assert_eq(pipe(at->back), 0);
}

static void close_place(const struct place *at)
{
    for (int i = 0; i < 2; i++) {
        close(at->there[i]);
        close(at->back[i]);
    }
}

static struct order come_first(const struct place *at)
{
    return (struct order){.deed = MEET, .ends = {at->there[1], at->back[0]}};
}

static struct order come_second(const struct place *at)
{
    return (struct order){.deed = MEET, .ends = {at->back[1], at->there[0]}};
}

Test(procpool, workers_work_at_the_same_time, .timeout = 20.0)
{
    struct place at;
    struct procpool *p = NULL;
    struct caller callers[2];

    open_place(&at);
    p = create(2);
    callers[0] = (struct caller){.calls = 1, .order = come_first(&at)};
    callers[1] = (struct caller){.calls = 1, .order = come_second(&at)};
    start_callers(callers, 2, p);
    join_callers(callers, 2);
    procpool_destroy(p);
    close_place(&at);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(callers[i].rc, 0, "a call returned %d", callers[i].rc);
    }
    cr_assert_neq(callers[0].answer.pid, callers[1].answer.pid);
}

/* While one worker waits for the second task to be met, the other is free, and
 * was so a moment ago: it has to get that task. */
Test(procpool, whichever_worker_is_free_will_do, .timeout = 20.0)
{
    struct place at;
    struct procpool *p = NULL;
    struct caller caller[1];
    struct order second;
    struct answer answer;
    int rc = 0;

    open_place(&at);
    p = create(2);
    caller[0] = (struct caller){.calls = 1, .order = come_first(&at)};
    second = come_second(&at);
    start_callers(caller, 1, p);
    cr_assert_eq(call(p, SQUARE, &answer), 0);
    rc = procpool_call(p, &second, &answer);
    join_callers(caller, 1);
    procpool_destroy(p);
    close_place(&at);
    cr_assert_eq(rc, 0, "a call returned %d", rc);
    cr_assert_eq(caller[0].rc, 0, "a call returned %d", caller[0].rc);
}

Test(procpool, a_worker_that_dies_costs_one_call, .timeout = 20.0)
{
    int descriptors = open_descriptors();
    struct procpool *p = create(3);
    struct answer answer;
    struct caller callers[3] = {{.calls = 1, .order = {.deed = DIE}},
                                {.calls = 1, .order = {.deed = DIE}},
                                {.calls = 1, .order = {.deed = DIE}}};
    int rc = 0;
    int lost = 0;

    rc = call(p, DIE, &answer);
    cr_assert_eq(rc, EIO, "a worker was killed in its task, but: %d", rc);
    for (int i = 0; i < 2; i++) {
        rc = call(p, SQUARE, &answer);
        cr_assert_eq(rc, 0, "two workers are left, but: %d", rc);
    }
    rc = call(p, LEAVE, &answer);
    cr_assert_eq(rc, EIO, "a worker has left in its task, but: %d", rc);
    cr_assert_eq(call(p, SQUARE, &answer), 0, "one worker is left");

    /* All want the last one. It dies, and nobody can ever be free again. */
    start_callers(callers, 3, p);
    join_callers(callers, 3);
    for (int i = 0; i < 3; i++) {
        cr_assert(callers[i].rc == EIO || callers[i].rc == ECHILD,
                  "no worker is left, but a call returned %d", callers[i].rc);
        lost += callers[i].rc == EIO;
    }
    cr_assert_eq(lost, 1, "one worker was lost, and %d calls with it", lost);
    rc = call(p, SQUARE, &answer);
    cr_assert_eq(rc, ECHILD, "no worker is left, but: %d", rc);
    procpool_destroy(p);
    check_nothing_is_left(descriptors);
}

static void do_nothing(int number)
{
    (void)number;
}

Test(procpool, signals_and_killed_workers_do_no_harm, .timeout = 20.0)
{
    struct sigaction act = {.sa_handler = do_nothing}; /* no SA_RESTART */
    struct procpool *p = create(2);
    struct answer answer;
    siginfo_t info;
    pid_t victim = 0;
    int rc = 0;
    int lost = 0;

    cr_assert_eq(sigaction(SIGUSR1, &act, NULL), 0);
    rc = call(p, DISTURB, &answer);
    cr_assert_eq(rc, 0, "a signal came during a call, which returned %d", rc);
    victim = answer.pid;
    cr_assert_eq(kill(victim, SIGKILL), 0);
    while (waitid(P_PID, (id_t)victim, &info, WEXITED | WNOWAIT) != 0) {
        cr_assert_eq(errno, EINTR);
    }
    for (int i = 0; i < 4; i++) {
        rc = call(p, SQUARE, &answer);
        cr_assert(rc == 0 || rc == EIO, "one worker is left, but: %d", rc);
        lost += rc == EIO;
    }
    cr_assert_leq(lost, 1, "one worker was lost, and %d calls with it", lost);
    procpool_destroy(p);
}

Test(procpool, create_fails_as_a_whole_and_leaves_nothing, .timeout = 20.0)
{
    int descriptors = open_descriptors();
    struct rlimit limit;
    struct rlimit low;
    struct procpool *p = NULL;
    int next = dup(0);

    cr_assert_geq(next, 0);
    close(next);
    cr_assert_null(procpool_create(0, obey, 1, 1), "a pool without workers");
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = limit;
    low.rlim_cur = (rlim_t)next + 3; /* enough for one worker, not for six */
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
    p = procpool_create(6, obey, sizeof(struct order), sizeof(struct answer));
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_assert_null(p, "a pool that lacks a worker");
    check_nothing_is_left(descriptors);
}

/* The workers have copies of the buffer, and the end of the pipe to write it
 * to. */
Test(procpool, what_was_not_yet_written_is_written_once, .timeout = 20.0)
{
    static const char once[] = "once";
    const ssize_t length = (ssize_t)sizeof(once) - 1;
    char bytes[64];
    int ends[2];
    FILE *out = NULL;
    struct procpool *p = NULL;
    struct answer answer;
    ssize_t written = 0;
    int rc = 0;

    cr_assert_eq(pipe(ends), 0);
    out = fdopen(ends[1], "w");
    cr_assert_not_null(out);
    cr_assert_geq(fputs(once, out), 0); /* in the buffer */
    p = create(2);
    rc = call(p, SQUARE, &answer);
    procpool_destroy(p);
    cr_assert_eq(fclose(out), 0); /* and out of it */
    written = read(ends[0], bytes, sizeof(bytes));
    close(ends[0]);
    cr_assert_eq(rc, 0, "a call returned %d", rc);
    cr_assert_eq(written, length,
                 "%zd bytes came out of a buffer that held %zd", written,
                 length);
}
