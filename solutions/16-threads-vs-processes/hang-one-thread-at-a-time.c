/* SPDX-License-Identifier: MIT */
/* Wrong: each thread is joined before the next is started. The sums come out
 * right, but only one worker is ever at work; a term that waits for a term of
 * another worker waits for ever. */
#include "sums.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct share {
    /* Constant while the worker is at work. */
    size_t first; /* first <= index < end */
    size_t end;
    long (*term)(size_t index, void *arg);
    void *arg;

    /* Written by the worker, read by the caller when it has ended. */
    long sum;
    bool done; /* the last thing to be written */
};

/* Share w of `workers`: together they cover 0 to n - 1, and none overlap. */
static void deal(struct share *s, size_t n, size_t w, size_t workers)
{
    size_t each = n / workers;
    size_t rest = n % workers; /* the first `rest` workers get one more */

    s->first = w * each + (w < rest ? w : rest);
    s->end = s->first + each + (w < rest ? 1 : 0);
}

static void work(struct share *s)
{
    long sum = 0;

    for (size_t i = s->first; i < s->end; i++) {
        sum += s->term(i, s->arg);
    }
    s->sum = sum;
    s->done = true;
}

/* Returns 0, or EIO if some share is not done. */
static int add_up(const struct share shares[], size_t workers, long *out_sum)
{
    long sum = 0;

    for (size_t w = 0; w < workers; w++) {
        if (!shares[w].done) {
            return EIO;
        }
        sum += shares[w].sum;
    }
    *out_sum = sum;
    return 0;
}

static void *thread_main(void *share)
{
    work(share);
    return NULL;
}

int sum_by_threads(size_t n, size_t workers,
                   long (*term)(size_t index, void *arg), void *arg,
                   long *out_sum)
{
    struct share *shares = NULL;
    pthread_t *threads = NULL;
    size_t started = 0;
    int rc = ENOMEM;

    if (workers == 0) {
        return EINVAL;
    }
    shares = calloc(workers, sizeof(*shares));
    threads = calloc(workers, sizeof(*threads));
    if (shares == NULL || threads == NULL) {
        goto out;
    }
    rc = 0;
    while (started < workers && rc == 0) {
        struct share *s = &shares[started];

        deal(s, n, started, workers);
        s->term = term;
        s->arg = arg;
        rc = pthread_create(&threads[started], NULL, thread_main, s);
        if (rc == 0) {
            pthread_join(threads[started], NULL);
            started++;
        }
    }
    if (rc == 0) {
        rc = add_up(shares, workers, out_sum);
    }
out:
    free(threads);
    free(shares);
    return rc;
}

int sum_by_processes(size_t n, size_t workers,
                     long (*term)(size_t index, void *arg), void *arg,
                     long *out_sum)
{
    struct share *shares = MAP_FAILED;
    pid_t *children = NULL;
    size_t started = 0;
    int rc = 0;

    if (workers == 0) {
        return EINVAL;
    }
    children = calloc(workers, sizeof(*children));
    if (children == NULL) {
        return ENOMEM;
    }
    shares = mmap(NULL, workers * sizeof(*shares), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shares == MAP_FAILED) {
        rc = errno;
        goto out;
    }
    while (started < workers && rc == 0) {
        struct share *s = &shares[started];

        deal(s, n, started, workers);
        s->term = term;
        s->arg = arg;
        children[started] = fork();
        if (children[started] == 0) {
            work(s);
            _exit(0); /* exit() would flush the parent's stdio buffers, too */
        }
        if (children[started] < 0) {
            rc = errno;
        } else {
            started++;
        }
    }
    for (size_t w = 0; w < started; w++) {
        /* By its number: other threads have children as well. */
        while (waitpid(children[w], NULL, 0) < 0 && errno == EINTR) {
            continue;
        }
    }
    if (rc == 0) {
        rc = add_up(shares, workers, out_sum);
    }
    munmap(shares, workers * sizeof(*shares));
out:
    free(children);
    return rc;
}
