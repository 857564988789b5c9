/* SPDX-License-Identifier: MIT */
/* cases.c - small programs for tests/unit/test_runtime.c, each right or wrong
 * in one way, written as a student's tests would be.
 *
 * Suite ok: right in every schedule. Suite ends: one case for each way a run
 * can end. Suite notes: one case for each misuse. Suites hooks and args: what
 * Criterion promises about set-up and parameters. Suite tools: what only a
 * sanitizer sees. */
#include "threadlab.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

enum { FEW = 3 };

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t sem;
static int total;  /* guarded by a */
static bool ready; /* guarded by a */
static atomic_int flag;

static pthread_t start(void *(*fn)(void *))
{
    pthread_t t;

    cr_assert_eq(pthread_create(&t, NULL, fn, NULL), 0);
    return t;
}

static void join(pthread_t t)
{
    cr_assert_eq(pthread_join(t, NULL), 0);
}

/* Start FEW threads that run `fn`, and join them. */
static void run_few(void *(*fn)(void *))
{
    pthread_t t[FEW];

    for (int i = 0; i < FEW; i++) {
        t[i] = start(fn);
    }
    for (int i = 0; i < FEW; i++) {
        join(t[i]);
    }
}

/* -- right ------------------------------------------------------------------
 */

static void *adds(void *arg)
{
    for (int i = 0; i < 5; i++) {
        pthread_mutex_lock(&a);
        total++;
        pthread_mutex_unlock(&a);
    }
    return arg;
}

Test(ok, mutex)
{
    run_few(adds);
    cr_assert_eq(total, FEW * 5);
}

static void *waits_until_ready(void *arg)
{
    pthread_mutex_lock(&a);
    while (!ready) {
        pthread_cond_wait(&changed, &a);
    }
    total++;
    pthread_mutex_unlock(&a);
    return arg;
}

static void *makes_ready(void *arg)
{
    pthread_mutex_lock(&a);
    ready = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&a);
    return arg;
}

Test(ok, condition)
{
    pthread_t one = start(waits_until_ready);
    pthread_t two = start(waits_until_ready);
    pthread_t waker = start(makes_ready);

    join(one);
    join(two);
    join(waker);
    cr_assert_eq(total, 2);
}

static void *posts(void *arg)
{
    sem_post(&sem);
    return arg;
}

/* Start a thread that shall post `sem` once `ready`, and look for a while
 * that it does not do so before. */
static void nothing_comes_early(void *(*fn)(void *))
{
    struct timespec soon;
    pthread_t t;

    sem_init(&sem, 0, 0);
    t = start(fn);
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_sec += (soon.tv_nsec + 20000000) / 1000000000;
    soon.tv_nsec = (soon.tv_nsec + 20000000) % 1000000000;
    cr_assert_eq(sem_timedwait(&sem, &soon), -1, "nothing was ready yet");
    makes_ready(NULL);
    join(t);
}

static void *waits_and_posts(void *arg)
{
    waits_until_ready(NULL);
    return posts(arg);
}

Test(ok, wait_in_a_loop)
{
    nothing_comes_early(waits_and_posts);
}

Test(ok, semaphore)
{
    pthread_t t;

    sem_init(&sem, 0, 0);
    t = start(posts);
    sem_wait(&sem);
    join(t);
    cr_assert_eq(sem_trywait(&sem), -1);
    sem_destroy(&sem);
}

static void *meets(void *arg)
{
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return arg;
}

Test(ok, barrier)
{
    pthread_barrier_init(&barrier, NULL, FEW);
    run_few(meets);
    pthread_barrier_destroy(&barrier);
}

static void *reads_and_writes(void *arg)
{
    pthread_rwlock_rdlock(&rw);
    pthread_rwlock_unlock(&rw);
    pthread_rwlock_wrlock(&rw);
    total++;
    pthread_rwlock_unlock(&rw);
    return arg;
}

Test(ok, rwlock)
{
    run_few(reads_and_writes);
    cr_assert_eq(total, FEW);
}

Test(ok, detached)
{
    pthread_t t = start(makes_ready);

    cr_assert_eq(pthread_detach(t), 0);
    waits_until_ready(NULL);
}

static void *a_then_b_gated(void *arg)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&gate);
    return arg;
}

static void *b_then_a_gated(void *arg)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&gate);
    return arg;
}

Test(ok, both_orders_behind_a_gate)
{
    pthread_t one = start(a_then_b_gated);
    pthread_t two = start(b_then_a_gated);

    join(one);
    join(two);
}

static void *tries_b_under_a(void *arg)
{
    pthread_mutex_lock(&a);
    if (pthread_mutex_trylock(&b) == 0) {
        pthread_mutex_unlock(&b);
    }
    pthread_mutex_unlock(&a);
    return arg;
}

static void *tries_a_under_b(void *arg)
{
    pthread_mutex_lock(&b);
    if (pthread_mutex_trylock(&a) == 0) {
        pthread_mutex_unlock(&a);
    }
    pthread_mutex_unlock(&b);
    return arg;
}

Test(ok, both_orders_by_trylock)
{
    pthread_t one = start(tries_b_under_a);
    pthread_t two = start(tries_a_under_b);

    join(one);
    join(two);
}

static void init_kind(pthread_mutex_t *m, int kind)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, kind);
    pthread_mutex_init(m, &attr);
    pthread_mutexattr_destroy(&attr);
}

Test(ok, recursive_and_checking_mutexes)
{
    pthread_mutex_t again, checks;

    init_kind(&again, PTHREAD_MUTEX_RECURSIVE);
    init_kind(&checks, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_lock(&again);
    pthread_mutex_lock(&again);
    pthread_mutex_unlock(&again);
    pthread_mutex_unlock(&again);
    cr_assert_eq(pthread_mutex_unlock(&again), EPERM);
    pthread_mutex_lock(&checks);
    cr_assert_eq(pthread_mutex_lock(&checks), EDEADLK);
    pthread_mutex_unlock(&checks);
    cr_assert_eq(pthread_mutex_unlock(&checks), EPERM);
    pthread_mutex_destroy(&again);
    pthread_mutex_destroy(&checks);
}

Test(ok, timed_waits_that_run_out)
{
    struct timespec past = {0};
    int rc = 0;

    pthread_mutex_lock(&a);
    while (!ready && rc == 0) {
        rc = pthread_cond_timedwait(&changed, &a, &past);
    }
    cr_assert_eq(rc, ETIMEDOUT);
    pthread_mutex_unlock(&a);
    sem_init(&sem, 0, 0);
    cr_assert_eq(sem_timedwait(&sem, &past), -1);
    cr_assert_eq(errno, ETIMEDOUT);
    sem_destroy(&sem);
}

Test(ok, creation_fails_on_demand)
{
    pthread_t t, none;

    tl_fail_create(1);
    t = start(adds);
    cr_assert_eq(pthread_create(&none, NULL, adds, NULL), EAGAIN);
    cr_assert_eq(pthread_create(&none, NULL, adds, NULL), EAGAIN);
    tl_fail_create(-1);
    join(t);
    join(start(adds));
}

Test(ok, one_creation_fails_on_demand)
{
    pthread_t t, none;

    tl_fail_create_once(1);
    t = start(adds);
    cr_assert_eq(pthread_create(&none, NULL, adds, NULL), EAGAIN);
    join(t);
    join(start(adds));
    join(start(adds));
}

Test(ok, statics_are_fresh)
{
    static int calls;

    cr_assert_eq(calls++, 0);
    cr_assert_eq(total, 0);
    total = 1;
}

static void *locks_new_mutex_at_old_place(void *arg)
{
    pthread_mutex_t *m = malloc(sizeof *m);

    pthread_mutex_init(m, NULL);
    pthread_mutex_lock(m);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(m);
    pthread_mutex_destroy(m);
    free(m);
    return arg;
}

Test(ok, new_locks_at_old_places)
{
    pthread_mutex_t *m;

    join(start(locks_new_mutex_at_old_place));
    m = malloc(sizeof *m);
    pthread_mutex_init(m, NULL);
    pthread_mutex_lock(&a);
    pthread_mutex_lock(m);
    pthread_mutex_unlock(m);
    pthread_mutex_unlock(&a);
    free(m); /* legal: nobody holds it, and glibc's mutex owns nothing */
}

static pthread_key_t key;

static void destroys_slowly(void *value)
{
    (void)value;
    usleep(2000);
    adds(NULL);
}

static void *leaves_a_value(void *arg)
{
    pthread_setspecific(key, &total);
    return arg;
}

Test(ok, destructors_run_before_a_join_returns)
{
    pthread_key_create(&key, destroys_slowly);
    run_few(leaves_a_value);
    cr_assert_eq(total, FEW * 5);
}

static pthread_spinlock_t spin;

static void *adds_spinning(void *arg)
{
    for (int i = 0; i < 5; i++) {
        pthread_spin_lock(&spin);
        total++;
        pthread_spin_unlock(&spin);
    }
    while (pthread_spin_trylock(&spin) != 0) {
        sched_yield();
    }
    total++;
    pthread_spin_unlock(&spin);
    return arg;
}

Test(ok, spin_lock)
{
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    run_few(adds_spinning);
    cr_assert_eq(total, FEW * 6);
    pthread_spin_destroy(&spin);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_once_t inner = PTHREAD_ONCE_INIT;

static void init_inner(void)
{
    total += 10;
}

static void init_once(void)
{
    pthread_once(&inner, init_inner);
    sched_yield();
    total++;
}

static void *needs_once(void *arg)
{
    pthread_once(&once, init_once);
    pthread_once(&inner, init_inner);
    cr_assert_eq(total, 11);
    return arg;
}

Test(ok, once)
{
    run_few(needs_once);
}

static struct timespec in_ms(clockid_t clock, long ms)
{
    struct timespec t;

    clock_gettime(clock, &t);
    t.tv_nsec += ms * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

static void *cannot_read_or_write(void *arg)
{
    struct timespec t = in_ms(CLOCK_REALTIME, 2);

    cr_assert_eq(pthread_rwlock_timedrdlock(&rw, &t), ETIMEDOUT);
    cr_assert_eq(pthread_rwlock_timedwrlock(&rw, &t), ETIMEDOUT);
    t = in_ms(CLOCK_MONOTONIC, 2);
    cr_assert_eq(pthread_rwlock_clockrdlock(&rw, CLOCK_MONOTONIC, &t),
                 ETIMEDOUT);
    cr_assert_eq(pthread_rwlock_clockwrlock(&rw, CLOCK_MONOTONIC, &t),
                 ETIMEDOUT);
    return arg;
}

static void *writes_within_limits(void *arg)
{
    struct timespec t = in_ms(CLOCK_REALTIME, 60000);

    cr_assert_eq(pthread_rwlock_timedrdlock(&rw, &t), 0);
    pthread_rwlock_unlock(&rw);
    cr_assert_eq(pthread_rwlock_timedwrlock(&rw, &t), 0);
    total++;
    pthread_rwlock_unlock(&rw);
    t = in_ms(CLOCK_MONOTONIC, 60000);
    cr_assert_eq(pthread_rwlock_clockrdlock(&rw, CLOCK_MONOTONIC, &t), 0);
    pthread_rwlock_unlock(&rw);
    cr_assert_eq(pthread_rwlock_clockwrlock(&rw, CLOCK_MONOTONIC, &t), 0);
    total++;
    pthread_rwlock_unlock(&rw);
    return arg;
}

Test(ok, rwlock_with_limits)
{
    pthread_rwlock_wrlock(&rw);
    run_few(cannot_read_or_write);
    pthread_rwlock_unlock(&rw);
    run_few(writes_within_limits);
    cr_assert_eq(total, FEW * 2);
}

static void *waits_for_a_post(void *arg)
{
    struct timespec t = in_ms(CLOCK_MONOTONIC, 60000);

    cr_assert_eq(sem_clockwait(&sem, CLOCK_MONOTONIC, &t), 0);
    total = 7; /* the post came first: no race */
    return arg;
}

Test(ok, semaphore_and_join_with_limits)
{
    struct timespec t = in_ms(CLOCK_MONOTONIC, 2);
    pthread_t waiter;

    sem_init(&sem, 0, 0);
    cr_assert_eq(sem_clockwait(&sem, CLOCK_MONOTONIC, &t), -1);
    cr_assert_eq(errno, ETIMEDOUT);
    waiter = start(waits_for_a_post);
    t = in_ms(CLOCK_MONOTONIC, 2);
    cr_assert_eq(pthread_clockjoin_np(waiter, NULL, CLOCK_MONOTONIC, &t),
                 ETIMEDOUT);
    total = 6;
    sem_post(&sem);
    t = in_ms(CLOCK_MONOTONIC, 60000);
    cr_assert_eq(pthread_clockjoin_np(waiter, NULL, CLOCK_MONOTONIC, &t), 0);
    cr_assert_eq(total, 7);
}

static void unlocks(void *m)
{
    total++; /* the mutex is held again */
    pthread_mutex_unlock(m);
}

static void *waits_for_ever(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_cleanup_push(unlocks, &a);
    while (!ready) {
        pthread_cond_wait(&changed, &a);
    }
    pthread_cleanup_pop(1);
    return arg;
}

static void cancel_and_join(pthread_t t)
{
    void *value = NULL;

    cr_assert_eq(pthread_cancel(t), 0);
    cr_assert_eq(pthread_join(t, &value), 0);
    cr_assert_eq(value, PTHREAD_CANCELED);
}

Test(ok, cancelled_condition_waits)
{
    pthread_t one = start(waits_for_ever);
    pthread_t two = start(waits_for_ever);

    pthread_mutex_lock(&a);
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&a);
    cancel_and_join(one);
    pthread_mutex_lock(&a);
    cr_assert_leq(total, 1);
    pthread_mutex_unlock(&a);
    cancel_and_join(two);
    pthread_cond_destroy(&changed);
    pthread_mutex_destroy(&a);
}

static void *waits_for_sem(void *arg)
{
    sem_wait(&sem);
    return arg;
}

static void *sleeps_long(void *arg)
{
    sleep(1000);
    sem_wait(&sem);
    return arg;
}

static int pipe_ends[2];

static void *reads_for_ever(void *arg)
{
    char c;

    cr_assert_eq(read(pipe_ends[0], &c, 1), 1);
    return arg;
}

static void *joins_one(void *t)
{
    pthread_join(*(pthread_t *)t, NULL);
    return NULL;
}

Test(ok, cancelled_waits)
{
    pthread_t sleeper, joiner;

    sem_init(&sem, 0, 0);
    sleeper = start(sleeps_long);
    cr_assert_eq(pipe(pipe_ends), 0);
    cancel_and_join(start(waits_for_sem));
    cancel_and_join(start(reads_for_ever));
    cr_assert_eq(pthread_create(&joiner, NULL, joins_one, &sleeper), 0);
    cancel_and_join(joiner);
    cancel_and_join(sleeper); /* nobody has joined it yet */
    sem_destroy(&sem);
}

static void *cannot_be_cancelled(void *arg)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    sem_post(&sem);
    waits_until_ready(NULL);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_testcancel();
    return arg;
}

Test(ok, cancellation_can_wait)
{
    pthread_t t;
    void *value;

    sem_init(&sem, 0, 0);
    t = start(cannot_be_cancelled);
    sem_wait(&sem);
    pthread_cancel(t);
    usleep(2000);
    makes_ready(NULL);
    pthread_join(t, &value);
    cr_assert_eq(value, PTHREAD_CANCELED);
    cr_assert_eq(total, 1);
}

static void *waits_for_signal(void *arg)
{
    int got = 0;

    cr_assert_eq(sigwait(arg, &got), 0);
    cr_assert_eq(got, SIGUSR1);
    total = 1;
    return arg;
}

Test(ok, waits_for_a_signal)
{
    sigset_t set;
    pthread_t t;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    cr_assert_eq(pthread_create(&t, NULL, waits_for_signal, &set), 0);
    pthread_kill(t, 0);
    pthread_kill(t, SIGUSR1);
    join(t);
    cr_assert_eq(total, 1);
}

static void posts_in_handler(int sig)
{
    (void)sig;
    sem_post(&sem);
}

static void *locks_then_waits(void *arg)
{
    sem_post(&sem); /* TSan loses signals to a thread that only starts */
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    sem_wait(&sem);
    return arg;
}

Test(ok, posts_from_a_signal_handler)
{
    pthread_t t;

    signal(SIGUSR1, posts_in_handler);
    sem_init(&sem, 0, 0);
    pthread_mutex_lock(&a);
    t = start(locks_then_waits);
    sem_wait(&sem);
    pthread_kill(t, SIGUSR1);
    pthread_mutex_unlock(&a);
    join(t);
}

static mtx_t mtx;
static cnd_t cnd;
static once_flag c11_once = ONCE_FLAG_INIT;

static void init_c11(void)
{
    mtx_init(&mtx, mtx_timed);
    cnd_init(&cnd);
}

static int waits_in_c11(void *arg)
{
    call_once(&c11_once, init_c11);
    mtx_lock(&mtx);
    while (!ready) {
        cnd_wait(&cnd, &mtx);
    }
    total++;
    mtx_unlock(&mtx);
    thrd_exit(arg == NULL ? 5 : 6);
}

static int wakes_in_c11(void *arg)
{
    (void)arg;
    call_once(&c11_once, init_c11);
    mtx_lock(&mtx);
    ready = true;
    cnd_broadcast(&cnd);
    mtx_unlock(&mtx);
    return 7;
}

Test(ok, c11_threads)
{
    static int (*const fn[FEW])(void *) = {waits_in_c11, wakes_in_c11,
                                           waits_in_c11};
    thrd_t t[FEW];
    int result = 0;

    for (int i = 0; i < FEW; i++) {
        cr_assert_eq(thrd_create(&t[i], fn[i], NULL), thrd_success);
    }
    for (int i = 0; i < FEW; i++) {
        cr_assert_eq(thrd_join(t[i], &result), thrd_success);
        cr_assert_eq(result, i == 1 ? 7 : 5);
    }
    cr_assert_eq(total, 2);
    cnd_destroy(&cnd);
    mtx_destroy(&mtx);
}

Test(ok, c11_results)
{
    struct timespec soon = in_ms(CLOCK_REALTIME, 2);
    struct timespec nap = {0, 1000};
    mtx_t again;

    cr_assert_eq(mtx_init(&mtx, mtx_timed), thrd_success);
    cr_assert_eq(mtx_init(&again, mtx_plain | mtx_recursive), thrd_success);
    cr_assert_eq(cnd_init(&cnd), thrd_success);
    cr_assert_eq(mtx_lock(&again), thrd_success);
    cr_assert_eq(mtx_trylock(&again), thrd_success);
    mtx_unlock(&again);
    mtx_unlock(&again);
    cr_assert_eq(mtx_lock(&mtx), thrd_success);
    cr_assert_eq(mtx_trylock(&mtx), thrd_busy);
    cr_assert_eq(mtx_timedlock(&mtx, &soon), thrd_timedout);
    while (cnd_timedwait(&cnd, &mtx, &soon) != thrd_timedout) {
    }
    cr_assert_eq(thrd_sleep(&nap, NULL), 0);
    thrd_yield();
    cr_assert_eq(mtx_init(&again, 77), thrd_error);
    mtx_unlock(&mtx);
    mtx_destroy(&mtx);
}

Test(ok, ends_by_the_signal_it_expects, .signal = SIGSEGV)
{
    raise(SIGSEGV);
}

Test(ok, ends_by_the_exit_it_expects, .exit_code = 3)
{
    exit(3);
}

/* -- descriptors -------------------------------------------------------------
 */

static int ends_of[2]; /* of a pipe or a pair of sockets; 0 reads */

static void *writes_hello(void *arg)
{
    cr_assert_eq(write(ends_of[1], "hello", 5), 5);
    return arg;
}

static void read_hello(int fd)
{
    char text[5];

    for (size_t n = 0; n < sizeof text;) {
        ssize_t got = read(fd, text + n, sizeof text - n);
        cr_assert_gt(got, 0);
        n += (size_t)got;
    }
    cr_assert_eq(memcmp(text, "hello", sizeof text), 0);
}

Test(ok, pipe)
{
    pthread_t t;
    char end;

    cr_assert_eq(pipe(ends_of), 0);
    t = start(writes_hello);
    read_hello(ends_of[0]);
    join(t);
    close(ends_of[1]);
    cr_assert_eq(read(ends_of[0], &end, 1), 0, "the end");
    close(ends_of[0]);
}

enum { MUCH = 300000 }; /* more than a pipe holds */

static void *writes_much(void *arg)
{
    static char much[MUCH];

    cr_assert_eq(write(ends_of[1], much, MUCH), MUCH);
    close(ends_of[1]);
    return arg;
}

static void read_much(void)
{
    char some[7000];
    size_t sum = 0;
    ssize_t n;
    pthread_t t = start(writes_much);

    while ((n = read(ends_of[0], some, sizeof some)) > 0) {
        sum += (size_t)n;
    }
    cr_assert_eq(sum, MUCH);
    join(t);
}

Test(ok, more_than_a_pipe_holds)
{
    cr_assert_eq(pipe(ends_of), 0);
    read_much();
}

Test(ok, more_than_a_socket_holds)
{
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_of), 0);
    read_much();
}

/* As much as a pipe holds can be written with nobody there to read. */
Test(ok, a_pipe_filled_to_the_brim)
{
    int size;

    cr_assert_eq(pipe(ends_of), 0);
    size = fcntl(ends_of[1], F_GETPIPE_SZ);
    for (int i = 0; i < size / 512; i++) {
        char part[512] = {0};
        cr_assert_eq(write(ends_of[1], part, sizeof part), 512);
    }
    join(start(adds));
}

static void *echoes(void *arg)
{
    char c;

    while (recv(ends_of[1], &c, 1, 0) == 1) {
        send(ends_of[1], &c, 1, MSG_NOSIGNAL);
    }
    close(ends_of[1]);
    return arg;
}

Test(ok, socketpair)
{
    char text[5];
    pthread_t t;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_of), 0);
    t = start(echoes);
    cr_assert_eq(send(ends_of[0], "hello", 5, 0), 5);
    cr_assert_eq(recv(ends_of[0], text, 5, MSG_WAITALL), 5);
    cr_assert_eq(memcmp(text, "hello", 5), 0);
    shutdown(ends_of[0], SHUT_RDWR);
    join(t);
    close(ends_of[0]);
}

static struct sockaddr_in address; /* where the server listens */

static void *connects(void *arg)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(write(fd, "hello", 5), 5);
    read_hello(fd);
    close(fd);
    return arg;
}

static int listen_somewhere(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof address;

    address = (struct sockaddr_in){.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(fd, 8), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    return fd;
}

Test(ok, tcp)
{
    int listener = listen_somewhere();
    pthread_t one = start(connects), two = start(connects);

    for (int i = 0; i < 2; i++) {
        int fd = accept(listener, NULL, NULL);
        cr_assert_geq(fd, 0);
        read_hello(fd);
        cr_assert_eq(write(fd, "hello", 5), 5);
        close(fd);
    }
    join(one);
    join(two);
    close(listener);
}

static void *accepts_until_shut(void *arg)
{
    int fd;

    while ((fd = accept(ends_of[0], NULL, NULL)) >= 0) {
        close(fd);
    }
    return arg;
}

Test(ok, shutdown_ends_an_accept)
{
    pthread_t t;

    ends_of[0] = listen_somewhere();
    t = start(accepts_until_shut);
    shutdown(ends_of[0], SHUT_RDWR);
    join(t);
    close(ends_of[0]);
}

static void *counts_up(void *arg)
{
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(eventfd_write(ends_of[0], 1), 0);
    }
    return arg;
}

Test(ok, eventfd)
{
    pthread_t t;
    eventfd_t n, sum = 0;

    ends_of[0] = eventfd(0, EFD_CLOEXEC);
    t = start(counts_up);
    while (sum < 3) {
        cr_assert_eq(eventfd_read(ends_of[0], &n), 0);
        sum += n;
    }
    join(t);
    cr_assert_eq(sum, 3);
    close(ends_of[0]);
}

static long ms_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

Test(ok, poll_with_a_time_limit)
{
    struct pollfd p = {.events = POLLIN};
    long since = ms_now();
    pthread_t t;

    cr_assert_eq(pipe(ends_of), 0);
    p.fd = ends_of[0];
    cr_assert_eq(poll(&p, 1, 0), 0);
    cr_assert_eq(poll(&p, 1, 30), 0);
    cr_assert_geq(ms_now() - since, 30);
    t = start(writes_hello);
    cr_assert_eq(poll(&p, 1, 60000), 1);
    cr_assert_eq(p.revents, POLLIN);
    read_hello(ends_of[0]);
    join(t);
}

Test(ok, select_with_a_time_limit)
{
    struct timeval limit = {0, 30000};
    fd_set in;
    pthread_t t;

    cr_assert_eq(pipe(ends_of), 0);
    FD_ZERO(&in);
    FD_SET(ends_of[0], &in);
    cr_assert_eq(select(ends_of[0] + 1, &in, NULL, NULL, &limit), 0);
    cr_assert_not(FD_ISSET(ends_of[0], &in));
    FD_SET(ends_of[0], &in);
    t = start(writes_hello);
    cr_assert_eq(select(ends_of[0] + 1, &in, NULL, NULL, NULL), 1);
    cr_assert(FD_ISSET(ends_of[0], &in));
    read_hello(ends_of[0]);
    join(t);
}

Test(ok, epoll)
{
    struct epoll_event e = {.events = EPOLLIN};
    int fd = epoll_create1(EPOLL_CLOEXEC);
    pthread_t t;

    cr_assert_eq(pipe(ends_of), 0);
    e.data.fd = ends_of[0];
    cr_assert_eq(epoll_ctl(fd, EPOLL_CTL_ADD, ends_of[0], &e), 0);
    cr_assert_eq(epoll_wait(fd, &e, 1, 20), 0);
    t = start(writes_hello);
    cr_assert_eq(epoll_wait(fd, &e, 1, -1), 1);
    cr_assert_eq(e.data.fd, ends_of[0]);
    read_hello(e.data.fd);
    join(t);
    close(fd);
}

Test(ok, timerfd)
{
    struct itimerspec every = {{0, 5000000}, {0, 20000000}};
    struct pollfd p = {.events = POLLIN};
    long since = ms_now();
    uint64_t times = 0, n;

    p.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    cr_assert_eq(timerfd_settime(p.fd, 0, &every, NULL), 0);
    while (times < 3) {
        cr_assert_eq(read(p.fd, &n, sizeof n), sizeof n);
        cr_assert_geq(n, 1);
        times += n;
    }
    cr_assert_geq(ms_now() - since, 30);
    cr_assert_eq(poll(&p, 1, -1), 1);
    every = (struct itimerspec){0};
    cr_assert_eq(timerfd_settime(p.fd, 0, &every, NULL), 0);
    cr_assert_eq(poll(&p, 1, 0), 0);
    close(p.fd);
}

Test(ok, a_descriptor_that_does_not_block)
{
    pthread_t t;
    char c;

    cr_assert_eq(pipe2(ends_of, O_NONBLOCK), 0);
    cr_assert_eq(read(ends_of[0], &c, 1), -1);
    cr_assert_eq(errno, EAGAIN);
    t = start(writes_hello);
    join(t);
    read_hello(ends_of[0]);
}

Test(ok, a_read_with_a_time_limit)
{
    struct timeval limit = {5, 0};
    char c;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_of), 0);
    setsockopt(ends_of[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    limit.tv_sec = 0;
    limit.tv_usec = 20000;
    setsockopt(ends_of[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    cr_assert_eq(read(ends_of[1], &c, 1), -1);
    cr_assert_eq(errno, EAGAIN);
    writes_hello(NULL);
    read_hello(ends_of[0]);
}

/* The parent reads what a process it has forked writes, and it ends well. */
Test(ok, a_forked_process_writes)
{
    pthread_t t;
    int status;
    pid_t pid;

    cr_assert_eq(pipe(ends_of), 0);
    t = start(adds);
    pid = fork();
    if (pid == 0) {
        usleep(2000);
        pthread_mutex_lock(&b); /* not a: T1 might have it for ever here */
        pthread_mutex_unlock(&b);
        _exit(write(ends_of[1], "hello", 5) == 5 ? 7 : 8);
    }
    close(ends_of[1]);
    read_hello(ends_of[0]);
    join(t);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), 7);
    cr_assert_eq(total, 5);
}

static void *reads_hello(void *arg)
{
    read_hello(ends_of[0]);
    return arg;
}

/* Somebody waits for what a process writes that is forked only then, and the
 * parent waits for that process. */
Test(ok, fork_while_another_reads)
{
    pthread_t t;
    pid_t pid;

    cr_assert_eq(pipe(ends_of), 0);
    t = start(reads_hello);
    usleep(1000);
    pid = fork();
    if (pid == 0) {
        static char much[MUCH];
        writes_hello(NULL);
        _exit(write(ends_of[1], much, MUCH) == MUCH ? 0 : 1);
    }
    join(t);
    close(ends_of[1]);
    for (char some[5000]; read(ends_of[0], some, sizeof some) > 0;) {
    }
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

/* -- set-up and parameters --------------------------------------------------
 */

static int step;

static void suite_init(void)
{
    cr_assert_eq(step++, 0);
}

static void test_init(void)
{
    cr_assert_eq(step++, 1);
}

static void test_fini(void)
{
    cr_assert_eq(step++, 3);
}

static void suite_fini(void)
{
    cr_assert_eq(step++, 4, "the suite's end is step %d", step);
}

TestSuite(hooks, .init = suite_init, .fini = suite_fini);

Test(hooks, run_in_order, .init = test_init, .fini = test_fini)
{
    cr_assert_eq(step++, 2);
}

/* Fails in the suite's fini, which is how one knows that it ran. */
Test(hooks, suite_fini_is_run)
{
}

ParameterizedTestParameters(args, each)
{
    static int values[] = {2, 3, 5};

    return cr_make_param_array(int, values, 3);
}

/* The second of the three fails. */
ParameterizedTest(int *value, args, each)
{
    cr_assert_neq(*value, 3, "got %d", *value);
}

/* -- ends -------------------------------------------------------------------
 */

static void *a_then_b(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&b);
    pthread_mutex_unlock(&b);
    pthread_mutex_unlock(&a);
    return arg;
}

static void *b_then_a(void *arg)
{
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return arg;
}

Test(ends, deadlock_if_held_between)
{
    pthread_t one = start(a_then_b);
    pthread_t two = start(b_then_a);

    join(one);
    join(two);
}

Test(ends, self_deadlock)
{
    pthread_mutex_lock(&a);
    pthread_mutex_lock(&a);
}

static pthread_t the_main;

static void *joins_main(void *arg)
{
    pthread_join(the_main, NULL);
    return arg;
}

Test(ends, joins_in_a_circle)
{
    the_main = pthread_self();
    join(start(joins_main));
}

Test(ends, nobody_signals)
{
    pthread_mutex_lock(&a);
    while (!ready) {
        pthread_cond_wait(&changed, &a);
    }
}

Test(ends, signal_comes_too_early)
{
    join(start(makes_ready));
    pthread_mutex_lock(&a);
    do {
        pthread_cond_wait(&changed, &a);
    } while (!ready);
}

static void *ends_holding(void *arg)
{
    pthread_mutex_lock(&a);
    return arg;
}

Test(ends, spin_lock_taken_twice)
{
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_lock(&spin);
    pthread_spin_lock(&spin);
}

static void init_by_itself(void)
{
    pthread_once(&once, init_by_itself);
}

Test(ends, once_inside_itself)
{
    pthread_once(&once, init_by_itself);
}

Test(ends, c11_deadlock)
{
    mtx_init(&mtx, mtx_plain);
    mtx_lock(&mtx);
    mtx_lock(&mtx);
}

Test(ends, owner_has_ended)
{
    join(start(ends_holding));
    pthread_mutex_lock(&a);
}

Test(ends, nobody_posts)
{
    sem_init(&sem, 0, 0);
    sem_wait(&sem);
}

Test(ends, one_short_at_the_barrier)
{
    pthread_barrier_init(&barrier, NULL, FEW + 1);
    run_few(meets);
}

static void *writes_under_a(void *arg)
{
    pthread_mutex_lock(&a);
    cr_assert_eq(write(ends_of[1], "hello", 5), 5);
    pthread_mutex_unlock(&a);
    return arg;
}

/* Holds the lock that the writer needs while it waits for what that writes. */
Test(ends, reads_under_the_writers_lock)
{
    pthread_t t;

    cr_assert_eq(pipe(ends_of), 0);
    pthread_mutex_lock(&a);
    t = start(writes_under_a);
    read_hello(ends_of[0]);
    pthread_mutex_unlock(&a);
    join(t);
}

Test(ends, own_end_keeps_the_pipe_open)
{
    pthread_t t;
    char c;

    cr_assert_eq(pipe(ends_of), 0);
    t = start(writes_hello);
    read_hello(ends_of[0]);
    join(t);
    cr_assert_eq(read(ends_of[0], &c, 1), 0);
}

Test(ends, polls_for_what_nobody_writes)
{
    struct pollfd p[2] = {{.events = POLLIN}, {.events = POLLIN}};

    cr_assert_eq(pipe(ends_of), 0);
    p[0].fd = p[1].fd = ends_of[0];
    poll(p, 2, -1);
}

Test(ends, nobody_reads_the_full_pipe)
{
    cr_assert_eq(pipe(ends_of), 0);
    join(start(writes_much));
}

static void *waits_for_total(void *arg)
{
    pthread_mutex_lock(&a);
    while (total == 0) {
        pthread_cond_wait(&changed, &a);
    }
    pthread_mutex_unlock(&a);
    return arg;
}

/* T1's signal, if T2 gets it. */
Test(ends, signal_for_another)
{
    pthread_t one = start(waits_until_ready), other = start(waits_for_total);

    pthread_mutex_lock(&a);
    ready = 1;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&a);
    join(one);
    pthread_cond_signal(&changed);
    join(other);
}

/* Both could go on. */
Test(ends, signal_for_one_of_two)
{
    pthread_t one = start(waits_until_ready), other = start(waits_until_ready);

    pthread_mutex_lock(&a);
    ready = 1;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&a);
    join(one);
    join(other);
}

Test(ends, close_does_not_end_an_accept)
{
    pthread_t t;

    ends_of[0] = listen_somewhere();
    t = start(accepts_until_shut);
    usleep(1000);
    close(ends_of[0]);
    join(t);
}

static void *reads_nothing(void *arg)
{
    char c;

    cr_assert_leq(read(ends_of[0], &c, 1), 0);
    return arg;
}

/* The read goes on after the first close, and the second one ends it;
 * TSan calls that a race. */
Test(ends, both_ends_closed_under_a_read)
{
    pthread_t t;

    cr_assert_eq(pipe(ends_of), 0);
    t = start(reads_nothing);
    close(ends_of[0]);
    close(ends_of[1]);
    join(t);
}

static void *sleeps_and_writes(void *arg)
{
    usleep(20000);
    return writes_hello(arg);
}

Test(ends, asks_poll_again_and_again)
{
    struct pollfd p = {.events = POLLIN};
    pthread_t t;

    cr_assert_eq(pipe(ends_of), 0);
    p.fd = ends_of[0];
    t = start(sleeps_and_writes);
    while (poll(&p, 1, 0) == 0) {
    }
    read_hello(ends_of[0]);
    join(t);
}

static void *spins(void *arg)
{
    while (atomic_load(&flag) == 0) {
    }
    return arg;
}

Test(ends, spins_if_main_is_held)
{
    pthread_t t = start(spins);

    adds(NULL);
    atomic_store(&flag, 1);
    join(t);
}

static void *polls(void *arg)
{
    while (atomic_load(&flag) == 0) {
        usleep(100);
    }
    return arg;
}

Test(ends, polls_if_main_is_held)
{
    pthread_t t = start(polls);

    adds(NULL);
    atomic_store(&flag, 1);
    join(t);
}

Test(ends, runs_on_and_on)
{
    spins(NULL);
}

Test(ends, sleeps_by_the_hour)
{
    for (;;) {
        sleep(3600);
    }
}

Test(ends, sleeps_on_and_on)
{
    for (;;) {
        usleep(1000);
    }
}

Test(ends, too_much_memory)
{
    static char *volatile last; /* or the compiler leaves it all out */

    for (;;) {
        last = malloc(1 << 20);
        memset(last, 1, 1 << 20);
        usleep(100);
    }
}

Test(ends, too_much_output)
{
    for (int i = 0; i < 1 << 20; i++) {
        puts("and again");
    }
    fflush(stdout);
}

Test(ends, null_pointer)
{
    *(volatile int *)(uintptr_t)(total * 8) = 1;
}

Test(ends, abort)
{
    abort();
}

Test(ends, kills_itself)
{
    kill(getpid(), SIGKILL);
    pause();
}

Test(ends, leaves_by_system_call)
{
    syscall(SYS_exit_group, 5);
}

Test(ends, skipped)
{
    cr_skip_test("not today");
}

Test(ends, assertion)
{
    cr_assert_eq(1 + 1, 3, "sums to %d", 1 + 1);
}

Test(ends, expectations_go_on)
{
    cr_expect_eq(total, 7, "the first");
    cr_expect_eq(total, 8, "the second");
}

Test(ends, exit_that_was_not_expected, .exit_code = 3)
{
    exit(4);
}

Test(ends, returns_instead_of_exit, .exit_code = 3)
{
}

/* -- notes ------------------------------------------------------------------
 */

Test(notes, unlock_not_held)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&a);
}

static void *unlocks_a(void *arg)
{
    pthread_mutex_unlock(&a);
    return arg;
}

Test(notes, unlock_not_owner)
{
    pthread_mutex_lock(&a);
    join(start(unlocks_a));
}

Test(notes, spin_unlock_not_held)
{
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_spin_unlock(&spin);
}

Test(notes, c11_unlock_not_held)
{
    mtx_init(&mtx, mtx_plain);
    mtx_unlock(&mtx);
}

static int returns_at_once(void *arg)
{
    return arg != NULL;
}

Test(notes, c11_join_twice)
{
    thrd_t t;

    thrd_create(&t, returns_at_once, NULL);
    thrd_join(t, NULL);
    thrd_join(t, NULL);
}

Test(notes, destroy_locked)
{
    pthread_mutex_lock(&a);
    pthread_mutex_destroy(&a);
}

Test(notes, lock_never_made)
{
    pthread_mutex_t *m = malloc(sizeof *m);

    memset(m, 0x5a, sizeof *m); /* as malloc may leave it */
    pthread_mutex_lock(m);
    free(m);
}

Test(notes, lock_after_destroy)
{
    pthread_mutex_t m;

    pthread_mutex_init(&m, NULL);
    pthread_mutex_destroy(&m);
    pthread_mutex_trylock(&m);
}

static void *says_so_and_waits(void *arg)
{
    pthread_mutex_lock(&a);
    ready = true;
    sem_post(&sem);
    for (;;) {
        pthread_cond_wait(&changed, &a);
    }
    return arg;
}

/* Lets a thread go to sleep on `changed`, with mutex a; a is then locked. */
static void with_a_waiter(void)
{
    sem_init(&sem, 0, 0);
    start(says_so_and_waits);
    sem_wait(&sem);
    pthread_mutex_lock(&a); /* to be had only once it waits */
}

Test(notes, destroy_waited_for)
{
    with_a_waiter();
    pthread_cond_destroy(&changed);
}

Test(notes, two_mutexes)
{
    with_a_waiter();
    pthread_mutex_lock(&b);
    pthread_cond_wait(&changed, &b);
}

Test(notes, wait_without_mutex)
{
    pthread_cond_wait(&changed, &a);
}

Test(notes, join_twice)
{
    pthread_t t = start(adds);

    join(t);
    join(t);
}

Test(notes, join_detached)
{
    pthread_t t = start(adds);

    pthread_detach(t);
    pthread_join(t, NULL);
}

Test(notes, join_self)
{
    pthread_join(pthread_self(), NULL);
}

Test(notes, join_unknown)
{
    pthread_t none = 0;

    pthread_join(none, NULL);
}

Test(notes, detach_twice)
{
    pthread_t t = start(adds);

    pthread_detach(t);
    pthread_detach(t);
}

Test(notes, missing_join)
{
    start(adds);
}

Test(notes, exit_holding)
{
    join(start(ends_holding));
}

/* The wait takes the mutex again before the thread ends. */
Test(notes, cancelled_holding)
{
    pthread_t t = start(waits_until_ready);

    pthread_cancel(t);
    join(t);
}

Test(notes, both_orders_apart)
{
    a_then_b(NULL);
    b_then_a(NULL);
}

Test(notes, called_exit)
{
    exit(0);
}

Test(notes, called_pthread_exit)
{
    pthread_exit(NULL);
}

static void *waits_once(void *arg)
{
    pthread_mutex_lock(&a);
    if (!ready) {
        pthread_cond_wait(&changed, &a);
    }
    pthread_mutex_unlock(&a);
    sem_post(&sem);
    return arg;
}

Test(notes, too_many_threads)
{
    pthread_mutex_lock(&a);
    for (;;) {
        start(waits_once);
    }
}

Test(notes, wait_not_in_a_loop)
{
    nothing_comes_early(waits_once);
}

/* -- for sanitizers ---------------------------------------------------------
 */

static int *block;

static void *writes_block(void *arg)
{
    *block = 7;
    return arg;
}

static void *frees_its_argument(void *arg)
{
    free(arg);
    return NULL;
}

/* It may not even have begun when the test ends. */
Test(ok, a_detached_thread_frees_its_argument)
{
    pthread_t t;

    cr_assert_eq(
        pthread_create(&t, NULL, frees_its_argument, malloc(sizeof(int))), 0);
    cr_assert_eq(pthread_detach(t), 0);
}

/* -- fibers -------------------------------------------------------------------
 * What a thread has for itself, whether the kernel knows of it or not. */

static _Thread_local int own = 7;
static pthread_key_t own_key;
static int destroyed; /* guarded by a */

static void count_destroyed(void *value)
{
    pthread_mutex_lock(&a);
    destroyed += value != NULL;
    pthread_mutex_unlock(&a);
}

/* What it changes of its own must be there after others have run. */
static void *keeps_its_own(void *arg)
{
    bool kept = own == 7;

    own = (int)(intptr_t)arg;
    errno = own + 1000;
    pthread_setspecific(own_key, arg);
    fesetround(own % 2 == 0 ? FE_UPWARD : FE_DOWNWARD);
    for (int i = 0; i < 5; i++) {
        int before = errno;
        pthread_mutex_lock(&a);
        total++;
        pthread_mutex_unlock(&a);
        kept = kept && before == own + 1000 && errno == before;
    }
    kept = kept && own == (int)(intptr_t)arg &&
           pthread_getspecific(own_key) == arg &&
           fegetround() == (own % 2 == 0 ? FE_UPWARD : FE_DOWNWARD);
    if (own == 1) {
        pthread_exit((void *)(intptr_t)(kept ? 1 : -1));
    }
    return (void *)(intptr_t)(kept ? own : -1);
}

Test(ok, what_a_thread_has_for_itself)
{
    pthread_t t[FEW];
    void *value;

    cr_assert_eq(pthread_key_create(&own_key, count_destroyed), 0);
    for (int i = 0; i < FEW; i++) {
        void *arg = (void *)(intptr_t)(i + 1);
        cr_assert_eq(pthread_create(&t[i], NULL, keeps_its_own, arg), 0);
        cr_assert_not(pthread_equal(t[i], pthread_self()));
        cr_assert(i == 0 || !pthread_equal(t[i], t[i - 1]));
    }
    for (int i = 0; i < FEW; i++) {
        cr_assert_eq(pthread_join(t[i], &value), 0);
        cr_assert_eq((intptr_t)value, i + 1);
    }
    cr_assert_eq(destroyed, FEW);
    cr_assert_eq(own, 7);
    cr_assert_eq(fegetround(), FE_TONEAREST);
}

enum { ONE_BY_ONE = 200 }; /* more than there are records of threads */

/* Each finds what is its own as if there had been no thread before it. */
Test(ok, threads_one_after_the_other)
{
    pthread_t t;
    void *value;

    cr_assert_eq(pthread_key_create(&own_key, count_destroyed), 0);
    for (int i = 0; i < ONE_BY_ONE; i++) {
        void *arg = (void *)(intptr_t)(i % FEW + 1);
        cr_assert_eq(pthread_create(&t, NULL, keeps_its_own, arg), 0);
        cr_assert_eq(pthread_join(t, &value), 0);
        cr_assert_eq((intptr_t)value, i % FEW + 1);
    }
    cr_assert_eq(destroyed, ONE_BY_ONE);
}

static void *posts_last(void *arg)
{
    volatile char room[4096] = {0}; /* of the stack */

    room[0] = (char)own;
    room[4095] = (char)(own = (int)(intptr_t)arg);
    sem_post(&sem);
    return NULL;
}

Test(ok, detached_threads_one_after_the_other)
{
    pthread_t t;

    sem_init(&sem, 0, 0);
    for (int i = 0; i < 4 * FEW; i++) {
        cr_assert_eq(pthread_create(&t, NULL, posts_last, NULL), 0);
        cr_assert_eq(pthread_detach(t), 0);
        cr_assert_eq(sem_wait(&sem), 0);
    }
    sem_destroy(&sem);
}

static pthread_t lower;

static void *joins_the_lower(void *unused)
{
    (void)unused;
    join(lower);
    return NULL;
}

/* Two at once end, and two new ones take their places, the last one first. */
Test(fibers, handles_are_used_again)
{
    pthread_t upper, next, last;

    lower = start(adds);
    upper = start(joins_the_lower);
    join(upper);
    next = start(adds);
    last = start(adds);
    cr_assert(pthread_equal(next, upper));
    cr_assert(pthread_equal(last, lower));
    join(last);
    join(next);
    cr_assert_eq(total, 15);
}

static void *asks_its_number(void *out)
{
    *(pid_t *)out = gettid();
    return NULL;
}

Test(ok, each_thread_has_a_number)
{
    pid_t ids[2] = {0, 0};
    pthread_t t[2];

    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_create(&t[i], NULL, asks_its_number, &ids[i]), 0);
    }
    join(t[0]);
    join(t[1]);
    cr_assert_neq(ids[0], ids[1]);
    cr_assert_neq(ids[0], gettid());
}

static int ends[2]; /* of a pipe */

static void *reads_past_the_kit(void *out)
{
    *(ssize_t *)out = syscall(SYS_read, ends[0], out, 1);
    return NULL;
}

/* A call nobody knows of, which only another thread can end. */
Test(ok, sleeps_in_a_call_of_its_own)
{
    ssize_t got = 0;
    pthread_t t;

    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(pthread_create(&t, NULL, reads_past_the_kit, &got), 0);
    cr_assert_eq(write(ends[1], "x", 1), 1);
    join(t);
    cr_assert_eq(got, 1);
    close(ends[0]);
    close(ends[1]);
}

static void *locks_output(void *arg)
{
    for (int i = 0; i < 3; i++) {
        flockfile(stderr);
        pthread_mutex_lock(&a);
        total++;
        pthread_mutex_unlock(&a);
        funlockfile(stderr);
    }
    return arg;
}

/* A lock the kit does not see, held at a scheduling point. */
Test(ok, a_lock_of_the_library)
{
    run_few(locks_output);
    cr_assert_eq(total, 3 * FEW);
}

enum { MANY = 24 };

Test(ok, more_threads_than_fibers)
{
    pthread_t t[MANY];

    for (int i = 0; i < MANY; i++) {
        t[i] = start(adds);
    }
    for (int i = 0; i < MANY; i++) {
        join(t[i]);
    }
    cr_assert_eq(total, MANY * 5);
}

Test(tools, race)
{
    pthread_t t;

    block = malloc(sizeof *block);
    t = start(writes_block);
    *block = 8;
    join(t);
    free(block);
}

static int writes_total(void *arg)
{
    total = 7;
    return arg != NULL;
}

Test(tools, c11_race)
{
    thrd_t t;

    thrd_create(&t, writes_total, NULL);
    total = 8;
    thrd_join(t, NULL);
}

Test(tools, use_after_free)
{
    block = malloc(sizeof *block);
    free(block);
    writes_block(NULL);
}

Test(tools, leak)
{
    block = malloc(40);
    block[0] = 1;
    block = NULL;
}
