/* SPDX-License-Identifier: MIT */
/* stock.c - what threadlab.h promises, for the stock Criterion runner. Linked
 * with --wrap for what it wraps, with wrap_malloc.c and fence.c, and with
 * nothing else of the runtime.
 *
 * Criterion starts a process for each test, which needs files and sockets to
 * begin with. The first code of a test is the last moment to take away what
 * the code under test may not have. */
#include "fence.h"
#include "threadlab.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <threads.h>

static int budget = -1; /* creations still allowed; -1 is no limit */
static int then;        /* what it is after a failure */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*fn)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*fn)(void *), void *arg);
int __real_thrd_create(thrd_t *thread, thrd_start_t fn, void *arg);
int __wrap_thrd_create(thrd_t *thread, thrd_start_t fn, void *arg);

/* The runner shuts its memory to its workers. They must leave theirs open:
 * the runner writes there what a worker is to do. */
__attribute__((constructor)) static void shut_runner(int argc, char **argv)
{
    if (argc > 0 && strcmp(argv[0], "boxfort-worker") != 0) {
        prctl(PR_SET_DUMPABLE, 0);
    }
}

void __real_criterion_internal_test_setup(void);
void __wrap_criterion_internal_test_setup(void);

/* Generous: what a test uses in earnest is judged by the other engines. */
enum { FILE_BYTES = 1 << 20 };
static const rlim_t memory_bytes = (rlim_t)8 << 30; /* of addresses */

void __wrap_criterion_internal_test_setup(void)
{
    struct rlimit files = {FILE_BYTES, FILE_BYTES};
    struct rlimit memory = {memory_bytes, memory_bytes};

    fence_open();
    setrlimit(RLIMIT_FSIZE, &files);
    setrlimit(RLIMIT_AS, &memory);
    fence_close();
    __real_criterion_internal_test_setup();
}

void tl_fail_create(int after)
{
    then = 0;
    __atomic_store_n(&budget, after, __ATOMIC_SEQ_CST);
}

void tl_fail_create_once(int after)
{
    then = -1;
    __atomic_store_n(&budget, after, __ATOMIC_SEQ_CST);
}

static bool is_to_fail(void)
{
    int left = __atomic_load_n(&budget, __ATOMIC_SEQ_CST);

    if (left == 0) {
        __atomic_store_n(&budget, then, __ATOMIC_SEQ_CST);
    } else if (left > 0) {
        __atomic_sub_fetch(&budget, 1, __ATOMIC_SEQ_CST);
    }
    return left == 0;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                          void *(*fn)(void *), void *arg)
{
    return is_to_fail() ? EAGAIN : __real_pthread_create(thread, attr, fn, arg);
}

/* The C library's own does not go through the other. */
int __wrap_thrd_create(thrd_t *thread, thrd_start_t fn, void *arg)
{
    return is_to_fail() ? thrd_error : __real_thrd_create(thread, fn, arg);
}
