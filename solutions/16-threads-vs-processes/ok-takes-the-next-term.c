/* SPDX-License-Identifier: MIT */
/* Right: thread i begins with term i, then takes the next that nobody has
 * taken; its result is its sum. Child i computes each `workers`th term from i
 * on. Its sum comes through a pipe, and is there or not when it has ended.
 *
 * Sums are made with unsigned numbers: parts of a sum that fits need not. */
#include "sums.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct task {
    size_t n;
    long (*term)(size_t index, void *arg);
    void *arg;
    atomic_size_t next;
};

struct hand {
    struct task *task;
    size_t first;
    pthread_t thread;
};

static void *hand_main(void *p)
{
    struct hand *hand = p;
    struct task *task = hand->task;
    unsigned long sum = 0;
    size_t i = hand->first;

    while (i < task->n) {
        sum += (unsigned long)task->term(i, task->arg);
        i = atomic_fetch_add_explicit(&task->next, 1, memory_order_relaxed);
    }
    return (void *)(uintptr_t)sum;
}

int sum_by_threads(size_t n, size_t workers,
                   long (*term)(size_t index, void *arg), void *arg,
                   long *out_sum)
{
    struct task task = {.n = n, .term = term, .arg = arg};
    struct hand *hands;
    unsigned long sum = 0;
    size_t started = 0;
    int error = 0;

    if (workers == 0) {
        return EINVAL;
    }
    hands = calloc(workers, sizeof *hands);
    if (hands == NULL) {
        return ENOMEM;
    }
    atomic_init(&task.next, workers);
    while (started < workers && error == 0) {
        struct hand *hand = &hands[started];

        hand->task = &task;
        hand->first = started;
        error = pthread_create(&hand->thread, NULL, hand_main, hand);
        started += error == 0;
    }
    while (started > 0) {
        void *part;

        pthread_join(hands[--started].thread, &part);
        sum += (unsigned long)(uintptr_t)part;
    }
    free(hands);
    if (error == 0) {
        *out_sum = (long)sum;
    }
    return error;
}

struct child {
    pid_t pid;
    int from;
};

static void child_main(struct task *task, size_t first, size_t step, int to)
{
    unsigned long sum = 0;

    for (size_t i = first; i < task->n; i += step) {
        sum += (unsigned long)task->term(i, task->arg);
        if (i > SIZE_MAX - step) {
            break;
        }
    }
    /* It goes in one piece: less than PIPE_BUF, into an empty pipe. */
    _Exit(write(to, &sum, sizeof sum) == (ssize_t)sizeof sum ? 0 : 1);
}

static int child_start(struct child *child, struct task *task, size_t first,
                       size_t step)
{
    int ends[2];
    int error = 0;

    if (pipe(ends) != 0) {
        return errno;
    }
    child->pid = fork();
    if (child->pid == 0) {
        child_main(task, first, step, ends[1]);
    }
    if (child->pid < 0) {
        error = errno;
        close(ends[0]);
    }
    close(ends[1]);
    child->from = ends[0];
    return error;
}

/* Wait for its end; only then ask the pipe, which must not make us wait:
 * others' children may have its other end, too. */
static int child_end(struct child *child, unsigned long *sum)
{
    siginfo_t info;
    unsigned long part = 0;
    int error = 0;

    while (waitid(P_PID, (id_t)child->pid, &info, WEXITED) != 0 &&
           errno == EINTR) {
    }
    if (fcntl(child->from, F_SETFL, O_NONBLOCK) != 0) {
        error = errno;
    } else if (read(child->from, &part, sizeof part) != (ssize_t)sizeof part) {
        error = EIO;
    }
    close(child->from);
    *sum += part;
    return error;
}

int sum_by_processes(size_t n, size_t workers,
                     long (*term)(size_t index, void *arg), void *arg,
                     long *out_sum)
{
    struct task task = {.n = n, .term = term, .arg = arg};
    struct child *children;
    unsigned long sum = 0;
    size_t started = 0;
    int error = 0;

    if (workers == 0) {
        return EINVAL;
    }
    children = calloc(workers, sizeof *children);
    if (children == NULL) {
        return ENOMEM;
    }
    while (started < workers && error == 0) {
        error = child_start(&children[started], &task, started, workers);
        started += error == 0;
    }
    while (started > 0) {
        int end = child_end(&children[--started], &sum);

        if (error == 0) {
            error = end;
        }
    }
    free(children);
    if (error == 0) {
        *out_sum = (long)sum;
    }
    return error;
}
