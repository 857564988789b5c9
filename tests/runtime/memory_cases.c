/* SPDX-License-Identifier: MIT */
/* memory_cases.c - small programs for tests/unit/test_memory.c about what the
 * memory model says of them: each right or wrong in one way.
 *
 * Suite ok: right in every schedule. Where two threads use a plain variable,
 * the thing a case is named after is all that puts them in order. Suite race:
 * many of the same without it. Suite heap: blocks, and variables of functions
 * that have returned. Suite value: assertions that only an older value of an
 * atomic object can make fail. Suite both: what a race leads to. */
#include "threadlab.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { FEW = 3, MANY = 1500 };

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_spinlock_t spin;
static sem_t sem;
static int x, y;   /* plain, and what a case is about */
static int seen;   /* the same, by one thread only */
static bool ready; /* guarded by a */
static atomic_int flag, other;

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

/* Both at a time, to their end. */
static void run_both(void *(*one)(void *), void *(*two)(void *))
{
    pthread_t t = start(one), u = start(two);

    join(t);
    join(u);
}

static void start_detached(void *(*fn)(void *))
{
    pthread_t t = start(fn);

    cr_assert_eq(pthread_detach(t), 0);
}

/* -- right: locks ------------------------------------------------------------
 */

static void *adds_locked(void *arg)
{
    pthread_mutex_lock(&a);
    x++;
    pthread_mutex_unlock(&a);
    return arg;
}

Test(ok, mutex)
{
    run_both(adds_locked, adds_locked);
    cr_assert_eq(x, 2);
}

static void *adds_if_free(void *arg)
{
    if (pthread_mutex_trylock(&a) == 0) {
        x++;
        pthread_mutex_unlock(&a);
    }
    return arg;
}

Test(ok, trylock)
{
    run_both(adds_if_free, adds_locked);
    cr_assert_geq(x, 1);
}

static struct timespec in_a_minute(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    t.tv_sec += 60;
    return t;
}

static void *adds_in_time(void *arg)
{
    struct timespec until = in_a_minute(CLOCK_REALTIME);

    cr_assert_eq(pthread_mutex_timedlock(&a, &until), 0);
    x++;
    pthread_mutex_unlock(&a);
    return arg;
}

static void *adds_in_time_by_clock(void *arg)
{
    struct timespec until = in_a_minute(CLOCK_MONOTONIC);

    cr_assert_eq(pthread_mutex_clocklock(&a, CLOCK_MONOTONIC, &until), 0);
    x++;
    pthread_mutex_unlock(&a);
    return arg;
}

Test(ok, timedlock)
{
    run_both(adds_in_time, adds_in_time_by_clock);
    cr_assert_eq(x, 2);
}

static pthread_mutex_t special; /* of some kind */

static void init_special(int kind, int robust)
{
    pthread_mutexattr_t attr;

    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, kind);
    pthread_mutexattr_setrobust(&attr, robust);
    pthread_mutex_init(&special, &attr);
    pthread_mutexattr_destroy(&attr);
}

static void *adds_twice_locked(void *arg)
{
    pthread_mutex_lock(&special);
    x++;
    pthread_mutex_lock(&special);
    x++;
    pthread_mutex_unlock(&special);
    x++;
    pthread_mutex_unlock(&special);
    return arg;
}

Test(ok, recursive_mutex)
{
    init_special(PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED);
    run_both(adds_twice_locked, adds_twice_locked);
    cr_assert_eq(x, 6);
}

static void *adds_checked(void *arg)
{
    pthread_mutex_lock(&special);
    if (pthread_mutex_lock(&special) == EDEADLK) {
        x++;
    }
    pthread_mutex_unlock(&special);
    return arg;
}

Test(ok, checking_mutex)
{
    init_special(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED);
    run_both(adds_checked, adds_checked);
    cr_assert_eq(x, 2);
}

static void *adds_spinning(void *arg)
{
    pthread_spin_lock(&spin);
    x++;
    pthread_spin_unlock(&spin);
    if (pthread_spin_trylock(&spin) == 0) {
        x++;
        pthread_spin_unlock(&spin);
    }
    return arg;
}

Test(ok, spin_lock)
{
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    run_both(adds_spinning, adds_spinning);
    cr_assert_geq(x, 2);
    pthread_spin_destroy(&spin);
}

static void *writes_alone(void *arg)
{
    pthread_rwlock_wrlock(&rw);
    x++;
    pthread_rwlock_unlock(&rw);
    return arg;
}

static void *reads_with_others(void *arg)
{
    int was;

    pthread_rwlock_rdlock(&rw);
    was = x;
    pthread_rwlock_unlock(&rw);
    return was >= 0 ? arg : NULL;
}

static void *tries_to_read(void *arg)
{
    struct timespec until = in_a_minute(CLOCK_REALTIME);
    int was = 0;

    if (pthread_rwlock_tryrdlock(&rw) == 0) {
        was += x;
        pthread_rwlock_unlock(&rw);
    }
    if (pthread_rwlock_timedrdlock(&rw, &until) == 0) {
        was += x;
        pthread_rwlock_unlock(&rw);
    }
    return was >= 0 ? arg : NULL;
}

static void *tries_to_write(void *arg)
{
    struct timespec until = in_a_minute(CLOCK_MONOTONIC);

    if (pthread_rwlock_trywrlock(&rw) == 0) {
        x++;
        pthread_rwlock_unlock(&rw);
    }
    if (pthread_rwlock_clockwrlock(&rw, CLOCK_MONOTONIC, &until) == 0) {
        x++;
        pthread_rwlock_unlock(&rw);
    }
    return arg;
}

Test(ok, rwlock)
{
    pthread_t reader = start(reads_with_others);

    run_both(writes_alone, writes_alone);
    join(reader);
    cr_assert_eq(x, 2);
}

Test(ok, rwlock_tried)
{
    run_both(tries_to_read, tries_to_write);
    cr_assert_geq(x, 1);
}

static pthread_rwlock_t shelf[16];

static void *reads_all_shelves(void *arg)
{
    for (size_t i = 0; i < COUNT(shelf); i++) {
        pthread_rwlock_rdlock(&shelf[i]);
    }
    seen = x;
    for (size_t i = 0; i < COUNT(shelf); i++) {
        pthread_rwlock_unlock(&shelf[i]);
    }
    return arg;
}

static void *writes_last_shelf(void *arg)
{
    pthread_rwlock_wrlock(&shelf[COUNT(shelf) - 1]);
    x++;
    pthread_rwlock_unlock(&shelf[COUNT(shelf) - 1]);
    return arg;
}

Test(ok, sixteen_locks_at_once)
{
    for (size_t i = 0; i < COUNT(shelf); i++) {
        pthread_rwlock_init(&shelf[i], NULL);
    }
    run_both(reads_all_shelves, writes_last_shelf);
    cr_assert_eq(x, 1);
}

static pthread_mutex_t bucket_lock[MANY];
static int bucket[MANY];

static void *adds_to_buckets(void *arg)
{
    for (int i = 0; i < MANY; i += 90) {
        pthread_mutex_lock(&bucket_lock[i]);
        bucket[i]++;
        pthread_mutex_unlock(&bucket_lock[i]);
    }
    return arg;
}

Test(ok, more_locks_than_have_a_record)
{
    for (int i = 0; i < MANY; i++) {
        pthread_mutex_init(&bucket_lock[i], NULL);
    }
    run_both(adds_to_buckets, adds_to_buckets);
    cr_assert_eq(bucket[0], 2);
}

/* -- right: waits ------------------------------------------------------------
 */

static void *makes_ready(void *arg)
{
    x = 1;
    pthread_mutex_lock(&a);
    ready = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&a);
    return arg;
}

static void *waits_until_ready(void *arg)
{
    pthread_mutex_lock(&a);
    while (!ready) {
        pthread_cond_wait(&changed, &a);
    }
    pthread_mutex_unlock(&a);
    seen = x;
    return arg;
}

Test(ok, condition)
{
    run_both(waits_until_ready, makes_ready);
    cr_assert_eq(seen, 1);
}

static void *waits_a_minute(void *arg)
{
    struct timespec until = in_a_minute(CLOCK_REALTIME);

    pthread_mutex_lock(&a);
    while (!ready) {
        cr_assert_eq(pthread_cond_timedwait(&changed, &a, &until), 0);
    }
    pthread_mutex_unlock(&a);
    seen = x;
    return arg;
}

Test(ok, condition_with_a_limit)
{
    run_both(waits_a_minute, makes_ready);
    cr_assert_eq(seen, 1);
}

static void *writes_and_posts(void *arg)
{
    x = 1;
    sem_post(&sem);
    return arg;
}

static void *waits_and_reads(void *arg)
{
    sem_wait(&sem);
    seen = x;
    return arg;
}

Test(ok, semaphore)
{
    sem_init(&sem, 0, 0);
    run_both(waits_and_reads, writes_and_posts);
    cr_assert_eq(seen, 1);
}

static void *polls_and_reads(void *arg)
{
    struct timespec until = in_a_minute(CLOCK_REALTIME);

    if (sem_trywait(&sem) == 0 || sem_timedwait(&sem, &until) == 0) {
        seen = x;
    }
    return arg;
}

Test(ok, semaphore_tried)
{
    sem_init(&sem, 0, 0);
    run_both(polls_and_reads, writes_and_posts);
    cr_assert_eq(seen, 1);
}

static void *adds_with_the_permit(void *arg)
{
    sem_wait(&sem);
    x++;
    sem_post(&sem);
    return arg;
}

Test(ok, semaphore_as_a_lock)
{
    sem_init(&sem, 0, 1);
    run_both(adds_with_the_permit, adds_with_the_permit);
    cr_assert_eq(x, 2);
}

static void *writes_before_reads_after(void *arg)
{
    x = 1;
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    seen = y;
    return arg;
}

static void *reads_between(void *arg)
{
    pthread_barrier_wait(&barrier);
    y = x + 1;
    pthread_barrier_wait(&barrier);
    return arg;
}

Test(ok, barrier_twice)
{
    pthread_barrier_init(&barrier, NULL, 2);
    run_both(writes_before_reads_after, reads_between);
    pthread_barrier_destroy(&barrier);
    cr_assert_eq(seen, 2);
}

static int slice[FEW];

static void *takes_turns_in_slices(void *arg)
{
    size_t me = (size_t)(intptr_t)arg;

    for (size_t round = 0; round < FEW; round++) {
        slice[(me + round) % FEW]++;
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

Test(ok, barrier_for_many)
{
    pthread_t t[FEW];

    pthread_barrier_init(&barrier, NULL, FEW);
    for (intptr_t i = 0; i < FEW; i++) {
        pthread_create(&t[i], NULL, takes_turns_in_slices, (void *)i);
    }
    for (int i = 0; i < FEW; i++) {
        join(t[i]);
    }
    cr_assert_eq(slice[0] + slice[1] + slice[2], FEW * FEW);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static once_flag c11_once = ONCE_FLAG_INIT;

static void sets_up(void)
{
    x++;
}

static void *reads_set_up(void *arg)
{
    pthread_once(&once, sets_up);
    return x == 1 ? arg : NULL;
}

Test(ok, once)
{
    run_both(reads_set_up, reads_set_up);
    cr_assert_eq(x, 1);
}

static void *reads_set_up_c11(void *arg)
{
    call_once(&c11_once, sets_up);
    return x == 1 ? arg : NULL;
}

Test(ok, c11_once)
{
    run_both(reads_set_up_c11, reads_set_up_c11);
    cr_assert_eq(x, 1);
}

/* -- right: threads ----------------------------------------------------------
 */

static void *reads_x_writes_y(void *arg)
{
    y = x;
    return arg;
}

Test(ok, create_and_join)
{
    pthread_t t;

    x = 3;
    t = start(reads_x_writes_y);
    join(t);
    cr_assert_eq(y, 3);
}

static void *ends_early(void *arg)
{
    y = x;
    pthread_exit(arg);
}

Test(ok, join_of_one_that_called_exit)
{
    pthread_t t = start(ends_early);

    join(t);
    y++;
}

Test(ok, join_in_time)
{
    struct timespec until = in_a_minute(CLOCK_REALTIME);
    pthread_t t = start(reads_x_writes_y);

    if (pthread_tryjoin_np(t, NULL) != 0) {
        cr_assert_eq(pthread_timedjoin_np(t, NULL, &until), 0);
    }
    y++;
}

static void *has_a_child(void *arg)
{
    pthread_t t = start(reads_x_writes_y);

    join(t);
    y++;
    return arg;
}

Test(ok, join_of_a_joiner)
{
    pthread_t t;

    x = 1;
    t = start(has_a_child);
    join(t);
    cr_assert_eq(y, 2);
}

static mtx_t c11_lock;
static cnd_t c11_changed;

static int c11_makes_ready(void *arg)
{
    mtx_lock(&c11_lock);
    x = 1;
    ready = true;
    cnd_signal(&c11_changed);
    mtx_unlock(&c11_lock);
    return arg != NULL;
}

static int c11_waits(void *arg)
{
    mtx_lock(&c11_lock);
    while (!ready) {
        cnd_wait(&c11_changed, &c11_lock);
    }
    mtx_unlock(&c11_lock);
    y = x;
    return arg != NULL;
}

Test(ok, c11_threads)
{
    thrd_t t, u;

    mtx_init(&c11_lock, mtx_plain);
    cnd_init(&c11_changed);
    thrd_create(&t, c11_waits, NULL);
    thrd_create(&u, c11_makes_ready, NULL);
    thrd_join(t, NULL);
    thrd_join(u, NULL);
    cr_assert_eq(y, 1);
    cnd_destroy(&c11_changed);
    mtx_destroy(&c11_lock);
}

Test(ok, detached_and_semaphore)
{
    sem_init(&sem, 0, 0);
    start_detached(writes_and_posts);
    sem_wait(&sem);
    cr_assert_eq(x, 1);
}

static void touch_all(volatile int *p, int count)
{
    for (int i = 0; i < count; i++) {
        p[i] = i;
    }
}

static _Thread_local volatile int own;

static void *uses_its_stack(void *arg)
{
    volatile int local[32];

    touch_all(local, 32);
    own++;
    errno = 0;
    if (arg != NULL) {
        sem_post(&sem);
    }
    return NULL;
}

Test(ok, stack_used_again_after_a_join)
{
    for (int i = 0; i < FEW; i++) {
        join(start(uses_its_stack));
    }
}

Test(ok, stack_used_again_after_a_detached)
{
    pthread_t t;

    sem_init(&sem, 0, 0);
    for (int i = 0; i < FEW; i++) {
        pthread_create(&t, NULL, uses_its_stack, &sem);
        pthread_detach(t);
    }
    for (int i = 0; i < FEW; i++) {
        sem_wait(&sem);
    }
}

static void *joins_another(void *arg)
{
    join(*(pthread_t *)arg);
    return NULL;
}

Test(ok, stack_used_again_after_anothers_join)
{
    pthread_t first = start(uses_its_stack), second;

    pthread_create(&second, NULL, joins_another, &first);
    join(start(uses_its_stack));
    join(second);
}

static void *writes_through(void *arg)
{
    *(int *)arg = 5;
    return NULL;
}

Test(ok, result_on_the_creators_stack)
{
    int result = 0;
    pthread_t t;

    pthread_create(&t, NULL, writes_through, &result);
    join(t);
    cr_assert_eq(result, 5);
}

static pthread_key_t key;

static void destroys(void *value)
{
    *(int *)value += 1;
}

static void *leaves_a_value(void *arg)
{
    pthread_setspecific(key, &x);
    return arg;
}

Test(ok, destructor_and_join)
{
    pthread_key_create(&key, destroys);
    join(start(leaves_a_value));
    cr_assert_eq(x, 1);
}

static void cleans_up(void *arg)
{
    *(int *)arg = 2;
}

static void *waits_to_be_cancelled(void *arg)
{
    pthread_cleanup_push(cleans_up, &x);
    x = 1;
    sem_wait(&sem);
    pthread_cleanup_pop(0);
    return arg;
}

Test(ok, cancellation_and_join)
{
    pthread_t t;

    sem_init(&sem, 0, 0);
    t = start(waits_to_be_cancelled);
    pthread_cancel(t);
    join(t);
    x++;
}

static void *is_cancelled_in_a_wait(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_cleanup_push((void (*)(void *))pthread_mutex_unlock, &a);
    while (!ready) {
        x++;
        pthread_cond_wait(&changed, &a);
        x++;
    }
    pthread_cleanup_pop(1);
    return arg;
}

Test(ok, cancelled_wait_has_the_mutex)
{
    pthread_t t = start(is_cancelled_in_a_wait);

    pthread_cancel(t);
    pthread_mutex_lock(&a);
    x++;
    pthread_mutex_unlock(&a);
    join(t);
}

static void *ends_with_the_lock(void *arg)
{
    pthread_mutex_lock(&special);
    x = 1;
    return arg;
}

static void *puts_right(void *arg)
{
    if (pthread_mutex_lock(&special) == EOWNERDEAD) {
        x++;
        pthread_mutex_consistent(&special);
    }
    pthread_mutex_unlock(&special);
    return arg;
}

Test(ok, owner_that_has_ended)
{
    init_special(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
    run_both(ends_with_the_lock, puts_right);
    cr_assert_geq(x, 1);
}

/* -- right: the kernel -------------------------------------------------------
 */

static int ends[2];

static void *writes_and_sends(void *arg)
{
    char byte = 1;

    x = 1;
    cr_assert_eq(write(ends[1], &byte, 1), 1);
    return arg;
}

static void *receives_and_reads(void *arg)
{
    char byte;

    cr_assert_eq(read(ends[0], &byte, 1), 1);
    seen = x;
    return arg;
}

Test(ok, pipe)
{
    cr_assert_eq(pipe(ends), 0);
    run_both(receives_and_reads, writes_and_sends);
    cr_assert_eq(seen, 1);
}

Test(ok, socketpair)
{
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    run_both(receives_and_reads, writes_and_sends);
    cr_assert_eq(seen, 1);
}

static void *polls_and_looks(void *arg)
{
    struct pollfd p = {.fd = ends[0], .events = POLLIN};

    cr_assert_eq(poll(&p, 1, -1), 1);
    seen = x;
    return arg;
}

Test(ok, poll)
{
    cr_assert_eq(pipe(ends), 0);
    run_both(polls_and_looks, writes_and_sends);
    cr_assert_eq(seen, 1);
}

static void *writes_and_counts(void *arg)
{
    x = 1;
    cr_assert_eq(eventfd_write(ends[0], 1), 0);
    return arg;
}

static void *awaits_count(void *arg)
{
    eventfd_t value;

    cr_assert_eq(eventfd_read(ends[0], &value), 0);
    seen = x;
    return arg;
}

Test(ok, eventfd)
{
    ends[0] = eventfd(0, 0);
    run_both(awaits_count, writes_and_counts);
    cr_assert_eq(seen, 1);
}

static void *awaits_signal(void *arg)
{
    sigset_t set;
    int sig;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    cr_assert_eq(sigwait(&set, &sig), 0);
    seen = x;
    return arg;
}

static void block_signal(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

Test(ok, signal_to_a_thread)
{
    pthread_t t;

    block_signal();
    t = start(awaits_signal);
    x = 1;
    pthread_kill(t, SIGUSR1);
    join(t);
    cr_assert_eq(seen, 1);
}

Test(ok, signal_to_the_process)
{
    pthread_t t;

    block_signal();
    t = start(awaits_signal);
    x = 1;
    kill(getpid(), SIGUSR1);
    join(t);
    cr_assert_eq(seen, 1);
}

static void handles(int sig)
{
    x += sig == SIGUSR1;
}

static void *awaits_handler(void *arg)
{
    while (sem_wait(&sem) != 0) {
    }
    seen = x;
    return arg;
}

Test(ok, handler_in_the_thread_itself)
{
    pthread_t t;

    signal(SIGUSR1, handles);
    sem_init(&sem, 0, 0);
    x = 1;
    t = start(awaits_handler);
    pthread_kill(t, SIGUSR1);
    sem_post(&sem);
    join(t);
    cr_assert_eq(x, 2);
}

/* -- right: atomics ----------------------------------------------------------
 */

static void *publishes(void *arg)
{
    x = 1;
    atomic_store_explicit(&flag, 1, memory_order_release);
    return arg;
}

static void *reads_published(void *arg)
{
    if (atomic_load_explicit(&flag, memory_order_acquire) != 0) {
        seen = x;
        cr_assert_eq(seen, 1);
    }
    return arg;
}

Test(ok, release_and_acquire)
{
    run_both(publishes, reads_published);
}

static void *publishes_to_all(void *arg)
{
    x = 1;
    flag = 1;
    return arg;
}

static void *looks_for_all(void *arg)
{
    if (flag != 0) {
        seen = x;
        cr_assert_eq(seen, 1);
    }
    return arg;
}

Test(ok, sequentially_consistent)
{
    run_both(publishes_to_all, looks_for_all);
}

static void *publishes_by_fence(void *arg)
{
    x = 1;
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
    return arg;
}

static void *reads_by_fence(void *arg)
{
    if (atomic_load_explicit(&flag, memory_order_relaxed) != 0) {
        atomic_thread_fence(memory_order_acquire);
        seen = x;
        cr_assert_eq(seen, 1);
    }
    return arg;
}

Test(ok, fences)
{
    run_both(publishes_by_fence, reads_by_fence);
}

Test(ok, fence_and_acquire)
{
    run_both(publishes_by_fence, reads_published);
}

Test(ok, release_and_fence)
{
    run_both(publishes, reads_by_fence);
}

static void *counts_on(void *arg)
{
    int one = 1;

    atomic_compare_exchange_strong_explicit(
        &flag, &one, 2, memory_order_relaxed, memory_order_relaxed);
    return arg;
}

static void *reads_after_count(void *arg)
{
    if (atomic_load_explicit(&flag, memory_order_acquire) == 2) {
        seen = x;
    }
    return arg;
}

Test(ok, release_sequence_of_updates)
{
    pthread_t t = start(counts_on);

    run_both(publishes, reads_after_count);
    join(t);
}

static void *publishes_and_stores_again(void *arg)
{
    publishes(NULL);
    atomic_store_explicit(&flag, 2, memory_order_relaxed);
    return arg;
}

Test(ok, release_sequence_of_one_thread)
{
    run_both(publishes_and_stores_again, reads_after_count);
}

static void *publishes_and_stores_after_another(void *arg)
{
    publishes(NULL);
    if (atomic_load_explicit(&flag, memory_order_relaxed) == 2) {
        atomic_store_explicit(&flag, 3, memory_order_relaxed);
    }
    return arg;
}

static void *reads_after_both(void *arg)
{
    if (atomic_load_explicit(&flag, memory_order_acquire) == 3) {
        seen = x;
    }
    return arg;
}

Test(ok, release_sequence_of_both)
{
    pthread_t t = start(counts_on);

    run_both(publishes_and_stores_after_another, reads_after_both);
    join(t);
}

static atomic_flag busy = ATOMIC_FLAG_INIT;

static void *adds_unless_busy(void *arg)
{
    if (!atomic_flag_test_and_set_explicit(&busy, memory_order_acquire)) {
        x++;
        atomic_flag_clear_explicit(&busy, memory_order_release);
    }
    return arg;
}

Test(ok, lock_of_a_flag)
{
    run_both(adds_unless_busy, adds_unless_busy);
    cr_assert_geq(x, 1);
}

static void *adds_by_weak_exchange(void *arg)
{
    int none = 0;

    if (atomic_compare_exchange_weak_explicit(
            &flag, &none, 1, memory_order_acquire, memory_order_relaxed)) {
        x++;
        atomic_store_explicit(&flag, 0, memory_order_release);
    }
    return arg;
}

Test(ok, lock_of_a_weak_exchange)
{
    run_both(adds_by_weak_exchange, adds_by_weak_exchange);
}

static _Atomic(int *) mailbox;

static void *hands_over(void *arg)
{
    int *letter = malloc(sizeof *letter);

    *letter = 7;
    free(atomic_exchange(&mailbox, letter));
    return arg;
}

static void *takes_over(void *arg)
{
    int *letter = atomic_exchange(&mailbox, NULL);

    if (letter != NULL) {
        cr_assert_eq(*letter, 7);
        free(letter);
    }
    return arg;
}

Test(ok, exchange)
{
    pthread_t t = start(hands_over);

    run_both(hands_over, takes_over);
    join(t);
    free(atomic_exchange(&mailbox, NULL));
}

struct counted {
    atomic_int references;
    int value;
};
static struct counted *common;
static int seen_by[2];

static void *uses_and_lets_go(void *arg)
{
    seen_by[arg != NULL] = common->value;
    if (atomic_fetch_sub_explicit(&common->references, 1,
                                  memory_order_release) == 1) {
        atomic_thread_fence(memory_order_acquire);
        free(common);
    }
    return arg;
}

Test(ok, last_reference_frees)
{
    pthread_t t;

    common = malloc(sizeof *common);
    atomic_init(&common->references, 2);
    common->value = 1;
    pthread_create(&t, NULL, uses_and_lets_go, &seen);
    uses_and_lets_go(NULL);
    join(t);
}

/* -- right: memory -----------------------------------------------------------
 */

static void *allocates(void *arg)
{
    for (int i = 0; i < 4; i++) {
        int *p = malloc(40 * sizeof *p);
        touch_all(p, 40);
        free(p);
        p = calloc(10, sizeof *p);
        touch_all(p, 10);
        p = realloc(p, 4000);
        touch_all(p, 1000);
        free(p);
    }
    return arg;
}

Test(ok, block_used_again)
{
    run_both(allocates, allocates);
}

/* More than is kept back, in blocks that the library maps. */
static void *allocates_much(void *arg)
{
    enum { LARGE = 4 << 20 };

    for (int i = 0; i < 5; i++) {
        char *p = malloc(LARGE);
        p[0] = p[LARGE / 2] = p[LARGE - 1] = 1;
        free(p);
        cr_assert_eq(posix_memalign((void **)&p, 4096, LARGE), 0);
        p[0] = p[LARGE / 2] = p[LARGE - 1] = 1;
        free(p);
    }
    return arg;
}

Test(ok, large_block_used_again)
{
    run_both(allocates_much, allocates_much);
}

static void *maps(void *arg)
{
    for (int i = 0; i < 3; i++) {
        char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        p[0] = p[4096] = 1;
        munmap(p, 8192);
    }
    return arg;
}

Test(ok, mapping_used_again)
{
    run_both(maps, maps);
}

/* Blocks that the library allocates, and gives back, by itself. */
static void *reads_lines(void *arg)
{
    static char text[] = "short\n"
                         "a line that is longer than the hundred and twenty "
                         "bytes with which the library begins, so that it has "
                         "to have another block, and to give the first back\n"
                         "short\n";
    FILE *f = fmemopen(text, sizeof text - 1, "r");
    char *line = NULL, *copy;
    size_t size = 0;
    ssize_t n;

    while ((n = getline(&line, &size, f)) > 0) {
        line[n - 1] = '\0';
        copy = strdup(line);
        copy[0] = '-';
        free(copy);
    }
    free(line);
    fclose(f);
    return arg;
}

Test(ok, library_block_used_again)
{
    for (int i = 0; i < FEW; i++) {
        start_detached(reads_lines);
        join(start(reads_lines));
    }
}

static void *fills_blocks(void *arg)
{
    static const size_t sizes[] = {1, 7, 8, 13, 24, 25, 100, 1031, 5000};
    char *p;

    for (size_t i = 0; i < COUNT(sizes); i++) {
        p = malloc(sizes[i]);
        memset(p, 1, sizes[i]);
        p = realloc(p, sizes[i] + 3);
        p[sizes[i] + 2] = p[0];
        free(p);
        p = aligned_alloc(64, 64);
        p[63] = 1;
        free(p);
        p = strndup("some text", i);
        p[i] = '\0';
        free(p);
        cr_assert_gt(asprintf(&p, "%zu bytes", sizes[i]), 0);
        p[strlen(p)] = '\0';
        free(p);
    }
    return arg;
}

Test(ok, blocks_to_their_last_byte)
{
    run_both(fills_blocks, fills_blocks);
}

static int *numbers; /* guarded by a */
static size_t number_count;

static void *appends(void *arg)
{
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&a);
        numbers = realloc(numbers, (number_count + 1) * sizeof *numbers);
        numbers[number_count++] = i;
        pthread_mutex_unlock(&a);
    }
    return arg;
}

Test(ok, realloc_handed_over)
{
    run_both(appends, appends);
    cr_assert_eq(number_count, 6);
    cr_assert_eq(numbers[5], 2);
    free(numbers);
}

static char from[100], to[100]; /* guarded by a */

static void *copies(void *arg)
{
    pthread_mutex_lock(&a);
    memset(from, 1, (size_t)(arg == NULL) + 64);
    memcpy(to, from, (size_t)(arg == NULL) + 64);
    memmove(to + 5, to, (size_t)(arg == NULL) + 64);
    pthread_mutex_unlock(&a);
    return arg;
}

Test(ok, copies_under_a_lock)
{
    run_both(copies, copies);
    cr_assert_eq(to[60], 1);
}

static void *handles_text(void *arg)
{
    pthread_mutex_lock(&a);
    strcpy(from, arg == NULL ? "of some length" : "of another");
    seen += strcmp(from, to) != 0 && strlen(from) > 3;
    pthread_mutex_unlock(&a);
    return arg;
}

Test(ok, text_under_a_lock)
{
    run_both(handles_text, handles_text);
    cr_assert_eq(seen, 2);
}

static void *works_on_statics(void *arg)
{
    char text[] = "a b";
    time_t now = 3600;
    struct tm own;

    localtime_r(&now, &own);
    pthread_mutex_lock(&a);
    seen += strtok(text, " ") == text && strtok(NULL, " ") == text + 2;
    seen += localtime(&now)->tm_min == own.tm_min;
    seen += asctime(gmtime(&now))[0] == ctime(&now)[0];
    pthread_mutex_unlock(&a);
    return arg;
}

Test(ok, statics_under_a_lock)
{
    run_both(works_on_statics, works_on_statics);
    cr_assert_eq(seen, 6);
}

/* Only the first bytes of `from` and `to` are read and written. */
static void *uses_the_first_bytes(void *arg)
{
    static char other[100];

    snprintf(to, sizeof to, "%d", x % 10);
    sprintf(other, "%d", x % 10);
    seen += strncmp(from, "q", sizeof from) + memcmp(from, "q", sizeof from);
    seen += memchr(from, from[0], sizeof from) == from;
    seen += strchr(from, from[0]) == from;
    strncpy(to + 2, "b", 2);
    strcat(to, "c");
    free(strndup(from, 2));
    return arg;
}

static void *uses_the_last_bytes(void *arg)
{
    to[50]++;
    from[50]++;
    return arg;
}

Test(ok, no_more_is_used_than_the_function_needs)
{
    run_both(uses_the_first_bytes, uses_the_last_bytes);
}

static char letters[16];

static void *writes_even(void *arg)
{
    for (int i = 0; i < 16; i += 2) {
        letters[i]++;
    }
    return arg;
}

static void *writes_odd(void *arg)
{
    for (int i = 1; i < 16; i += 2) {
        letters[i]++;
    }
    return arg;
}

Test(ok, neighbouring_bytes)
{
    run_both(writes_even, writes_odd);
    cr_assert_eq(letters[0] + letters[15], 2);
}

static pthread_t helper;

static void *reads_its_argument(void *arg)
{
    seen = *(int *)arg;
    return arg;
}

static void start_with_a_local(void)
{
    int local = 7; /* gone when this returns */

    cr_assert_eq(pthread_create(&helper, NULL, reads_its_argument, &local), 0);
}

Test(heap, local_of_the_starter)
{
    start_with_a_local();
    pthread_join(helper, NULL); /* the variable is below this call */
}

static void *returns_a_local(void *arg)
{
    int local = 8; /* gone when the thread is */
    void *result = &local;

    (void)arg;
    return result;
}

Test(heap, local_of_a_thread)
{
    void *result;

    helper = start(returns_a_local);
    cr_assert_eq(pthread_join(helper, &result), 0);
    seen = *(int *)result;
}

/* Started ever deeper on a stack, and joined on the way back. */
static void *adds_to_its_argument(void *arg)
{
    pthread_mutex_lock(&a);
    ++*(int *)arg;
    pthread_mutex_unlock(&a);
    return NULL;
}

static int starts_deeper(int levels)
{
    int local = 1;
    pthread_t t;

    cr_assert_eq(pthread_create(&t, NULL, adds_to_its_argument, &local), 0);
    if (levels > 0) {
        cr_assert_eq(starts_deeper(levels - 1), 2);
    }
    join(t);
    return local;
}

Test(ok, locals_of_those_who_wait)
{
    cr_assert_eq(starts_deeper(3), 2);
}

/* Called from the C library. */
static int compares_in_a_thread(const void *one, const void *two)
{
    int local = *(const int *)one - *(const int *)two - 1;
    pthread_t t;

    cr_assert_eq(pthread_create(&t, NULL, adds_to_its_argument, &local), 0);
    join(t);
    return local;
}

Test(ok, locals_of_a_callback)
{
    int list[] = {3, 1, 2};

    qsort(list, 3, sizeof list[0], compares_in_a_thread);
    cr_assert(list[0] == 1 && list[1] == 2 && list[2] == 3);
}

static struct {
    unsigned one : 4;
    unsigned : 0; /* what follows is another memory location (C11, 3.14) */
    unsigned two : 4;
} apart;

static void *writes_one(void *arg)
{
    apart.one = 1;
    return arg;
}

static void *writes_two(void *arg)
{
    apart.two = 2;
    return arg;
}

Test(ok, bit_fields_apart)
{
    run_both(writes_one, writes_two);
    cr_assert_eq(apart.one + apart.two, 3);
}

struct __attribute__((packed)) odd {
    char before;
    uint64_t value; /* across two words */
    char after;
};
static struct odd odd;

static void *writes_across(void *arg)
{
    odd.value = 5;
    return arg;
}

static void *writes_around(void *arg)
{
    odd.before = odd.after = 1;
    return arg;
}

Test(ok, unaligned_neighbours)
{
    run_both(writes_across, writes_around);
    cr_assert_eq(odd.value, 5);
}

struct pair {
    int first, second;
};
static struct pair here, there; /* guarded by a */

static void *swaps(void *arg)
{
    struct pair kept;

    pthread_mutex_lock(&a);
    kept = here;
    here = there;
    there = kept;
    pthread_mutex_unlock(&a);
    return arg;
}

Test(ok, structs_under_a_lock)
{
    here = (struct pair){1, 2};
    run_both(swaps, swaps);
    cr_assert_eq(here.first, 1);
}

static void *only_reads(void *arg)
{
    return x + y >= 0 ? arg : NULL;
}

Test(ok, readers_only)
{
    x = 1;
    run_both(only_reads, only_reads);
}

/* -- racing: locks -----------------------------------------------------------
 */

static void *reads_unlocked(void *arg)
{
    seen = x; /* unlocked */
    return arg;
}

Test(race, no_lock_on_one_side)
{
    run_both(adds_locked, reads_unlocked);
}

static void *adds_under_a(void *arg)
{
    pthread_mutex_lock(&a);
    x += 1; /* under a */
    pthread_mutex_unlock(&a);
    return arg;
}

static void *adds_under_b(void *arg)
{
    pthread_mutex_lock(&b);
    x += 2; /* under b */
    pthread_mutex_unlock(&b);
    return arg;
}

Test(race, two_different_locks)
{
    run_both(adds_under_a, adds_under_b);
}

static void *writes_as_reader(void *arg)
{
    pthread_rwlock_rdlock(&rw);
    x = 4; /* as a reader */
    pthread_rwlock_unlock(&rw);
    return arg;
}

static void *reads_as_reader(void *arg)
{
    pthread_rwlock_rdlock(&rw);
    seen = x; /* as a reader */
    pthread_rwlock_unlock(&rw);
    return arg;
}

Test(race, writer_under_a_read_lock)
{
    run_both(writes_as_reader, reads_as_reader);
}

static void *adds_anyway(void *arg)
{
    bool taken = pthread_mutex_trylock(&a) == 0;

    x += 3; /* taken or not */
    if (taken) {
        pthread_mutex_unlock(&a);
    }
    return arg;
}

Test(race, failed_trylock_goes_on)
{
    run_both(adds_anyway, adds_under_a);
}

static void *writes_after_unlock(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    x = 5; /* after the unlock */
    return arg;
}

Test(race, written_after_the_unlock)
{
    run_both(writes_after_unlock, adds_under_a);
}

/* -- racing: waits and threads -----------------------------------------------
 */

static void *posts_too_early(void *arg)
{
    sem_post(&sem);
    x = 1; /* after the post */
    return arg;
}

Test(race, posted_too_early)
{
    sem_init(&sem, 0, 0);
    run_both(posts_too_early, waits_and_reads);
}

static void *writes_after_barrier(void *arg)
{
    pthread_barrier_wait(&barrier);
    x = 6; /* after the barrier */
    return arg;
}

static void *reads_after_barrier(void *arg)
{
    pthread_barrier_wait(&barrier);
    y = x; /* after it, too */
    return arg;
}

Test(race, both_after_the_barrier)
{
    pthread_barrier_init(&barrier, NULL, 2);
    run_both(writes_after_barrier, reads_after_barrier);
}

static void *looks_before_once(void *arg)
{
    if (x == 0) { /* before once */
        pthread_once(&once, sets_up);
    }
    return arg;
}

Test(race, looked_before_once)
{
    run_both(looks_before_once, looks_before_once);
}

static void *writes_x(void *arg)
{
    x = 7; /* by a thread */
    return arg;
}

Test(race, read_before_the_join)
{
    pthread_t t = start(writes_x);

    seen = x; /* by main */
    join(t);
}

Test(race, written_after_the_create)
{
    pthread_t t = start(reads_unlocked);

    x = 8; /* by main */
    join(t);
}

static void *writes_argument(void *arg)
{
    *(int *)arg = 9;
    return NULL;
}

Test(race, on_the_creators_stack)
{
    int local = 0;
    pthread_t t;

    pthread_create(&t, NULL, writes_argument, &local);
    local++; /* on main's stack */
    join(t);
}

/* Though the stack of the writer was another thread's before. */
static void *lends_its_stack(void *arg)
{
    int local = 0;
    pthread_t t;

    pthread_create(&t, NULL, writes_argument, &local);
    local++; /* on a stack that was used before */
    join(t);
    return arg;
}

Test(race, on_a_stack_used_again)
{
    join(start(uses_its_stack));
    join(start(lends_its_stack));
}

static void destroys_unlocked(void *value)
{
    *(int *)value += 2;
}

Test(race, in_a_destructor)
{
    pthread_t t;

    pthread_key_create(&key, destroys_unlocked);
    t = start(leaves_a_value);
    x = 10; /* while it is destroyed */
    join(t);
}

/* -- racing: atomics ---------------------------------------------------------
 */

static void *publishes_relaxed(void *arg)
{
    x = 11; /* published relaxed */
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
    return arg;
}

static void *acquires(void *arg)
{
    if (atomic_load_explicit(&flag, memory_order_acquire) != 0) {
        seen = x; /* acquired */
    }
    return arg;
}

Test(race, relaxed_store)
{
    run_both(publishes_relaxed, acquires);
}

static void *releases(void *arg)
{
    x = 12; /* released */
    atomic_store_explicit(&flag, 1, memory_order_release);
    return arg;
}

static void *reads_relaxed(void *arg)
{
    if (atomic_load_explicit(&flag, memory_order_relaxed) != 0) {
        seen = x; /* not acquired */
    }
    return arg;
}

Test(race, relaxed_load)
{
    run_both(releases, reads_relaxed);
}

static void *fences_too_late(void *arg)
{
    x = 13; /* before the late fence */
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    return arg;
}

Test(race, fence_after_the_store)
{
    run_both(fences_too_late, acquires);
}

static void *fences_too_early(void *arg)
{
    atomic_thread_fence(memory_order_acquire);
    if (atomic_load_explicit(&flag, memory_order_relaxed) != 0) {
        seen = x; /* fenced too early */
    }
    return arg;
}

Test(race, fence_before_the_load)
{
    run_both(releases, fences_too_early);
}

static void *stores_in_between(void *arg)
{
    if (atomic_load_explicit(&flag, memory_order_relaxed) == 1) {
        atomic_store_explicit(&flag, 2, memory_order_relaxed);
    }
    return arg;
}

static void *acquires_another(void *arg)
{
    if (atomic_load_explicit(&flag, memory_order_acquire) == 2) {
        seen = x; /* from another's store */
    }
    return arg;
}

Test(race, release_sequence_cut)
{
    pthread_t t = start(stores_in_between);

    run_both(releases, acquires_another);
    join(t);
}

static void *acquires_other(void *arg)
{
    atomic_load_explicit(&other, memory_order_acquire);
    seen = x; /* after another object */
    return arg;
}

Test(race, acquired_from_another_object)
{
    run_both(releases, acquires_other);
}

static int sometimes_atomic;

static void *adds_atomically(void *arg)
{
    __atomic_fetch_add(&sometimes_atomic, 1, __ATOMIC_SEQ_CST);
    return arg;
}

static void *adds_plainly(void *arg)
{
    sometimes_atomic++;
    return arg;
}

Test(race, atomic_on_one_side)
{
    run_both(adds_atomically, adds_plainly);
}

static volatile int stop;

static void *stops(void *arg)
{
    stop = 1;
    return arg;
}

static void *looks_at_stop(void *arg)
{
    seen = stop;
    return arg;
}

Test(race, volatile_is_no_atomic)
{
    run_both(stops, looks_at_stop);
}

/* -- racing: memory ----------------------------------------------------------
 */

static void *copies_unlocked(void *arg)
{
    memcpy(to, from, sizeof to / 2 + (arg == NULL));
    return arg;
}

static void *copies_locked(void *arg)
{
    pthread_mutex_lock(&a);
    memset(to, 1, sizeof to / 2 + (arg == NULL));
    pthread_mutex_unlock(&a);
    return arg;
}

Test(race, memcpy_unlocked)
{
    run_both(copies_unlocked, copies_locked);
}

static void *changes_the_text(void *arg)
{
    to[0] = 'a';
    return arg;
}

#define USES_TEXT(name, statement)                 \
    static void *use_to_##name(void *arg)          \
    {                                              \
        statement;                                 \
        return arg;                                \
    }                                              \
    Test(race, name##_unlocked)                    \
    {                                              \
        run_both(use_to_##name, changes_the_text); \
    }
USES_TEXT(print, snprintf(to, sizeof to, "%d", x))
USES_TEXT(old_print, sprintf(to, "%d", x))
USES_TEXT(compare, seen = memcmp(to, from, 4))
USES_TEXT(compare_some, seen = strncmp(to, from, 4))
USES_TEXT(find, seen = strchr(to, 'z') != NULL)
USES_TEXT(find_byte, seen = memchr(to, 'z', 4) != NULL)
USES_TEXT(copy_some, strncpy(to, from, 4))
USES_TEXT(append, strcat(to, "b"))
USES_TEXT(duplicate, free(strdup(to)))

/* What the kernel does to it, or the runtime in its place. */
static int end_of_pipe(int side)
{
    int ends[2];

    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], "a line\n", 7), 7);
    return ends[side];
}

static int full_socket(void)
{
    int ends[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    cr_assert_eq(write(ends[1], "abcd", 4), 4);
    return ends[0];
}

static pid_t child(void)
{
    pid_t id = fork();

    if (id == 0) {
        _exit(3);
    }
    return id;
}

#define PARTS(at) (&(struct iovec){(at), 4})

USES_TEXT(read, seen = read(end_of_pipe(0), to, 4) == 4)
USES_TEXT(scatter, seen = readv(end_of_pipe(0), PARTS(to), 1) == 4)
USES_TEXT(receive, seen = recv(full_socket(), to, 4, 0) == 4)
USES_TEXT(count, seen = eventfd_read(eventfd(1, 0), (void *)to))
USES_TEXT(write, seen = write(end_of_pipe(1), to, 4) == 4)
USES_TEXT(gather, seen = writev(end_of_pipe(1), PARTS(to), 1) == 4)
USES_TEXT(send, seen = send(full_socket(), to, 4, 0) == 4)
USES_TEXT(poll, seen = poll((void *)to, 1, 0))
USES_TEXT(end_child, seen = waitpid(child(), (void *)to, 0) > 0)
USES_TEXT(look_at_clock, clock_gettime(CLOCK_REALTIME, (void *)to))
USES_TEXT(look_at_time, gettimeofday((void *)to, NULL))
USES_TEXT(open_pipe, seen = pipe((void *)to))
USES_TEXT(count_permits, seen = sem_getvalue(&sem, (void *)to))
USES_TEXT(read_file, seen = fread(to, 1, 4, fdopen(end_of_pipe(0), "r")) == 4)
USES_TEXT(write_file, seen = fwrite(to, 1, 4, stderr) == 4)

static void *splits(void *arg)
{
    char text[] = "a b";

    seen = strtok(text, " ") != NULL;
    return arg;
}

Test(race, strtok_in_two_threads)
{
    run_both(splits, splits);
}

static void *asks_the_hour(void *arg)
{
    time_t now = 3600;

    seen = localtime(&now)->tm_hour;
    return arg;
}

static void *prints_the_date(void *arg)
{
    time_t now = 3600;

    seen = asctime(gmtime(&now))[0];
    return arg;
}

Test(race, two_times_in_one_place)
{
    run_both(asks_the_hour, prints_the_date);
}

static void *measures(void *arg)
{
    seen = (int)strlen(to);
    return arg;
}

static void *ends_text(void *arg)
{
    to[3] = '\0';
    return arg;
}

Test(race, text_unlocked)
{
    memset(to, 'a', sizeof to - 1);
    run_both(measures, ends_text);
}

static struct {
    unsigned one : 4;
    unsigned two : 4;
} together;

static void *sets_one(void *arg)
{
    together.one = 1;
    return arg;
}

static void *sets_two(void *arg)
{
    together.two = 2;
    return arg;
}

Test(race, bit_fields_together)
{
    run_both(sets_one, sets_two);
}

static void *writes_all_of_it(void *arg)
{
    odd.value = 6; /* all eight bytes */
    return arg;
}

static void *writes_its_end(void *arg)
{
    ((char *)&odd.value)[7] = 1;
    return arg;
}

Test(race, last_byte_of_an_unaligned_one)
{
    run_both(writes_all_of_it, writes_its_end);
}

static int *block;

static void *writes_block(void *arg)
{
    block[2] = 1;
    return arg;
}

static void *reads_block(void *arg)
{
    seen = block[2];
    return arg;
}

Test(race, in_a_block)
{
    block = malloc(10 * sizeof *block);
    run_both(writes_block, reads_block);
    free(block);
}

static void *frees(void *arg)
{
    free(block);
    return arg;
}

/* Whichever comes first, the other may come later. */
Test(race, freed_while_in_use)
{
    block = calloc(10, sizeof *block);
    run_both(reads_block, frees);
}

static void *moves(void *arg)
{
    block = realloc(block, 4000);
    return arg;
}

static void *reads_moved(void *arg)
{
    int *p = arg;

    seen = p[2];
    return NULL;
}

Test(race, moved_while_in_use)
{
    pthread_t t, u;

    block = calloc(10, sizeof *block);
    pthread_create(&t, NULL, reads_moved, block);
    pthread_create(&u, NULL, moves, NULL);
    join(t);
    join(u);
}

/* -- blocks ------------------------------------------------------------------
 */

Test(heap, used_after_free)
{
    block = malloc(10 * sizeof *block);
    free(block);
    writes_block(NULL);
}

/* The write before the free is of the same thread and moment as that. */
Test(heap, used_after_write_and_free)
{
    block = malloc(10 * sizeof *block);
    block[2] = 1;
    free(block);
    reads_block(NULL);
}

Test(heap, used_after_a_threads_free)
{
    block = malloc(10 * sizeof *block);
    join(start(frees));
    reads_block(NULL);
}

Test(heap, copied_after_free)
{
    block = calloc(10, sizeof *block);
    free(block);
    memcpy(to, block, 10 * sizeof *block + (size_t)x);
}

Test(heap, duplicated_after_free)
{
    char *text = strdup("text");

    free(text);
    free(strdup(text));
}

Test(heap, used_after_realloc)
{
    int *before = calloc(10, sizeof *before);

    block = realloc(before, 400000);
    seen = before[1];
    free(block);
}

Test(heap, freed_twice)
{
    block = malloc(10 * sizeof *block);
    free(block);
    free(block);
}

Test(heap, freed_by_two)
{
    block = malloc(10 * sizeof *block);
    join(start(frees));
    join(start(frees));
}

Test(heap, moved_after_free)
{
    block = malloc(10 * sizeof *block);
    free(block);
    block = realloc(block, 400);
}

static char *bytes;

Test(heap, written_past_the_end)
{
    bytes = malloc(13);
    bytes[13 + x] = 1;
    free(bytes);
}

Test(heap, read_before_the_start)
{
    bytes = malloc(13);
    seen = bytes[x - 1];
    free(bytes);
}

Test(heap, copied_past_the_end)
{
    bytes = strdup("no room for more");
    memset(bytes, 0, strlen(bytes) + 2);
    seen = bytes[x];
    free(bytes);
}

/* -- values ------------------------------------------------------------------
 */

static atomic_int first, second;
static int got_first, got_second;

static void *stores_first_relaxed(void *arg)
{
    atomic_store_explicit(&first, 1, memory_order_relaxed);
    atomic_store_explicit(&second, 1, memory_order_relaxed);
    return arg;
}

static void *loads_second_relaxed(void *arg)
{
    got_second = atomic_load_explicit(&second, memory_order_relaxed);
    got_first = atomic_load_explicit(&first, memory_order_relaxed);
    return arg;
}

Test(value, message_passed_relaxed)
{
    run_both(stores_first_relaxed, loads_second_relaxed);
    cr_assert(got_first >= got_second);
}

static void *stores_second_released(void *arg)
{
    atomic_store_explicit(&first, 1, memory_order_relaxed);
    atomic_store_explicit(&second, 1, memory_order_release);
    return arg;
}

static void *loads_second_acquired(void *arg)
{
    got_second = atomic_load_explicit(&second, memory_order_acquire);
    got_first = atomic_load_explicit(&first, memory_order_relaxed);
    return arg;
}

Test(ok, message_passed)
{
    run_both(stores_second_released, loads_second_acquired);
    cr_assert(got_first >= got_second);
}

static void *first_then_second(void *arg)
{
    atomic_store_explicit(&first, 1, memory_order_release);
    got_second = atomic_load_explicit(&second, memory_order_acquire);
    return arg;
}

static void *second_then_first(void *arg)
{
    atomic_store_explicit(&second, 1, memory_order_release);
    got_first = atomic_load_explicit(&first, memory_order_acquire);
    return arg;
}

Test(value, stores_buffered)
{
    run_both(first_then_second, second_then_first);
    cr_assert(got_first + got_second > 0);
}

static void *first_fence_second(void *arg)
{
    atomic_store_explicit(&first, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    got_second = atomic_load_explicit(&second, memory_order_relaxed);
    return arg;
}

static void *second_fence_first(void *arg)
{
    atomic_store_explicit(&second, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    got_first = atomic_load_explicit(&first, memory_order_relaxed);
    return arg;
}

Test(ok, stores_fenced)
{
    run_both(first_fence_second, second_fence_first);
    cr_assert(got_first + got_second > 0);
}

static void *first_then_second_sc(void *arg)
{
    first = 1;
    got_second = second;
    return arg;
}

static void *second_then_first_sc(void *arg)
{
    second = 1;
    got_first = first;
    return arg;
}

Test(ok, stores_sequentially_consistent)
{
    run_both(first_then_second_sc, second_then_first_sc);
    cr_assert(got_first + got_second > 0);
}

static int looked[4];

static void *stores_first(void *arg)
{
    atomic_store_explicit(&first, 1, memory_order_release);
    return arg;
}

static void *stores_second(void *arg)
{
    atomic_store_explicit(&second, 1, memory_order_release);
    return arg;
}

static void *looks_at_first(void *arg)
{
    looked[0] = atomic_load_explicit(&first, memory_order_acquire);
    looked[1] = atomic_load_explicit(&second, memory_order_acquire);
    return arg;
}

static void *looks_at_second(void *arg)
{
    looked[2] = atomic_load_explicit(&second, memory_order_acquire);
    looked[3] = atomic_load_explicit(&first, memory_order_acquire);
    return arg;
}

Test(value, readers_disagree)
{
    pthread_t t = start(stores_first), u = start(stores_second);

    run_both(looks_at_first, looks_at_second);
    join(t);
    join(u);
    cr_assert_not(looked[0] && !looked[1] && looked[2] && !looked[3]);
}

static void *stores_first_sc(void *arg)
{
    first = 1;
    return arg;
}

static void *stores_second_sc(void *arg)
{
    second = 1;
    return arg;
}

static void *looks_at_first_sc(void *arg)
{
    looked[0] = first;
    looked[1] = second;
    return arg;
}

static void *looks_at_second_sc(void *arg)
{
    looked[2] = second;
    looked[3] = first;
    return arg;
}

Test(ok, readers_agree)
{
    pthread_t t = start(stores_first_sc), u = start(stores_second_sc);

    run_both(looks_at_first_sc, looks_at_second_sc);
    join(t);
    join(u);
    cr_assert_not(looked[0] && !looked[1] && looked[2] && !looked[3]);
}

static void *counts_up(void *arg)
{
    for (int i = 1; i <= 3; i++) {
        atomic_store_explicit(&flag, i, memory_order_relaxed);
    }
    return arg;
}

static void *never_sees_it_fall(void *arg)
{
    int last = 0;

    for (int i = 0; i < 4; i++) {
        int now = atomic_load_explicit(&flag, memory_order_relaxed);
        cr_assert_geq(now, last);
        last = now;
    }
    return arg;
}

Test(ok, one_object_never_goes_back)
{
    run_both(counts_up, never_sees_it_fall);
}

static void *draws(void *arg)
{
    atomic_fetch_add_explicit(&flag, 1, memory_order_relaxed);
    return arg;
}

Test(ok, updates_see_the_last)
{
    pthread_t t = start(draws);

    run_both(draws, draws);
    join(t);
    cr_assert_eq(atomic_load_explicit(&flag, memory_order_relaxed), 3);
}

static void *stores_under_a(void *arg)
{
    pthread_mutex_lock(&a);
    atomic_store_explicit(&flag, 1, memory_order_relaxed);
    ready = true;
    pthread_mutex_unlock(&a);
    return arg;
}

static void *loads_under_a(void *arg)
{
    pthread_mutex_lock(&a);
    if (ready) {
        cr_assert_eq(atomic_load_explicit(&flag, memory_order_relaxed), 1);
    }
    pthread_mutex_unlock(&a);
    return arg;
}

Test(ok, relaxed_under_a_lock)
{
    run_both(stores_under_a, loads_under_a);
}

/* What one has seen and passed on, the next has to see. */
static void *passes_on(void *arg)
{
    if (atomic_load_explicit(&first, memory_order_relaxed) != 0) {
        atomic_store_explicit(&second, 1, memory_order_release);
    }
    return arg;
}

Test(ok, seen_by_another_before)
{
    pthread_t t = start(stores_first), u = start(passes_on);

    join(start(loads_second_acquired));
    join(t);
    join(u);
    cr_assert(got_first >= got_second);
}

static void *tries_once(void *arg)
{
    int none = 0;

    got_first = atomic_compare_exchange_weak(&flag, &none, 1);
    return arg;
}

Test(value, weak_exchange_tried_once)
{
    join(start(tries_once));
    cr_assert_eq(got_first, 1);
}

/* No other thread: all that can differ is what the exchange says. */
Test(value, weak_exchange_by_main_alone)
{
    tries_once(NULL);
    cr_assert_eq(got_first, 1);
}

/* Additions get lost whatever the loads of `flag` return; but each round more
 * or less moves what comes after it. */
static void adds_to_first(void)
{
    int seen = atomic_load(&first);

    atomic_store(&first, seen + 1);
}

static void *tells_and_adds(void *arg)
{
    for (int i = 1; i <= 3; i++) {
        atomic_store_explicit(&flag, i, memory_order_release);
        adds_to_first();
    }
    return arg;
}

static void *adds_once_told(void *arg)
{
    for (int i = 1; i <= 3; i++) {
        while (atomic_load_explicit(&flag, memory_order_acquire) < i) {
            sched_yield();
        }
        adds_to_first();
    }
    return arg;
}

Test(order, additions_lost_and_old_values_around)
{
    run_both(tells_and_adds, adds_once_told);
    cr_assert_neq(atomic_load(&first), 3);
}

/* It waits in a loop, but by the time it has the mutex things have gone on. */
static void *looks_late(void *arg)
{
    int seen = 0;

    pthread_mutex_lock(&a);
    if (x == 0) {
        do {
            pthread_cond_wait(&changed, &a);
        } while (x == 0);
    }
    seen = x;
    pthread_mutex_unlock(&a);
    cr_assert_eq(seen, 1);
    return arg;
}

static void *goes_on(void *arg)
{
    for (int i = 1; i <= 2; i++) {
        pthread_mutex_lock(&a);
        x = i;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&a);
    }
    return arg;
}

Test(order, a_look_that_comes_late)
{
    run_both(looks_late, goes_on);
}

/* Whoever is overtaken on the way back from a wait under an if finds nothing,
 * and so does whoever wakes up for no reason. */
static void *takes_under_an_if(void *arg)
{
    for (int i = 0; i < 3; i++) {
        pthread_mutex_lock(&a);
        if (x == 0) {
            pthread_cond_wait(&changed, &a);
        }
        cr_assert_gt(x, 0);
        x--;
        pthread_mutex_unlock(&a);
    }
    return arg;
}

Test(order, taken_under_an_if)
{
    pthread_t takers[2];

    for (int i = 0; i < 2; i++) {
        pthread_create(&takers[i], NULL, takes_under_an_if, NULL);
    }
    for (int i = 0; i < 6; i++) {
        pthread_mutex_lock(&a);
        x++;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&a);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(takers[i], NULL);
    }
}

/* -- what a race leads to ----------------------------------------------------
 */

static void *adds_unlocked(void *arg)
{
    x++; /* unlocked */
    return arg;
}

Test(both, plus_plus_in_two_threads)
{
    run_both(adds_unlocked, adds_unlocked);
    cr_assert_eq(x, 2);
}

static void *takes_the_one(void *arg)
{
    if (x > 0) { /* looked at */
        x = 0;   /* taken */
        *(int *)arg = 1;
    }
    return NULL;
}

Test(both, check_then_act)
{
    int taken[2] = {0, 0};
    pthread_t t, u;

    x = 1;
    pthread_create(&t, NULL, takes_the_one, &taken[0]);
    pthread_create(&u, NULL, takes_the_one, &taken[1]);
    join(t);
    join(u);
    cr_assert_eq(taken[0] + taken[1], 1);
}
