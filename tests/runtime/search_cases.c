/* SPDX-License-Identifier: MIT */
/* search_cases.c - programs small enough for all their schedules to be run, for
 * tests/unit/test_search.c.
 *
 * Suite count: how many schedules there are that differ in more than the order
 * of what commutes can be worked out by hand. Suite same: what main prints in
 * the end depends on the schedule. Suite open: something else decides as well,
 * or there is no end to it. Suite needs: what goes wrong does so with two
 * preemptions only. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_barrier_t barrier;
static sem_t sem;
static atomic_int n, m;
static int total;  /* guarded by a */
static int turn;   /* guarded by a: who came when */
static int got[8]; /* each by one thread, read by main after the joins */

enum { MOST = 4 };

struct work { /* of one thread */
    void *(*fn)(void *);
    intptr_t arg;
};

/* All at a time, to their end. */
static void run(const struct work *w, size_t count)
{
    pthread_t t[MOST];

    for (size_t i = 0; i < count; i++) {
        pthread_create(&t[i], NULL, w[i].fn, (void *)w[i].arg);
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(t[i], NULL);
    }
}

#define RUN(...)                                        \
    do {                                                \
        static const struct work all[] = {__VA_ARGS__}; \
        run(all, COUNT(all));                           \
    } while (0)

/* Output through the library is not a matter of the schedule; write is. */
static void tell(void)
{
    for (size_t i = 0; i < COUNT(got); i++) {
        fprintf(stderr, "%d ", got[i]);
    }
    fprintf(stderr, "%d %d %d\n", total, (int)n, (int)m);
}

/* -- to be counted -----------------------------------------------------------
 */

static void *locks(void *arg)
{
    for (intptr_t i = 0; i < (intptr_t)arg; i++) {
        pthread_mutex_lock(&a);
        total++;
        pthread_mutex_unlock(&a);
    }
    return NULL;
}

static void *locks_another(void *arg)
{
    for (intptr_t i = 0; i < (intptr_t)arg; i++) {
        pthread_mutex_lock(&b);
        pthread_mutex_unlock(&b);
    }
    return NULL;
}

static void *increments(void *arg)
{
    for (intptr_t i = 0; i < (intptr_t)arg; i++) {
        atomic_fetch_add(&n, 1);
    }
    return NULL;
}

static void *loads(void *arg)
{
    for (intptr_t i = 0; i < (intptr_t)arg; i++) {
        (void)atomic_load(&n);
    }
    return NULL;
}

static void *reads(void *arg)
{
    pthread_rwlock_rdlock(&rw);
    pthread_rwlock_unlock(&rw);
    return arg;
}

static void *writes(void *arg)
{
    pthread_rwlock_wrlock(&rw);
    pthread_rwlock_unlock(&rw);
    return arg;
}

static void *tries(void *arg)
{
    if (pthread_mutex_trylock(&a) == 0) {
        total++;
        pthread_mutex_unlock(&a);
    }
    return arg;
}

static void *meets(void *arg)
{
    pthread_barrier_wait(&barrier);
    return arg;
}

static void *posts(void *arg)
{
    sem_post(&sem);
    return arg;
}

static void *waits(void *arg)
{
    sem_wait(&sem);
    return arg;
}

static void *does_nothing(void *arg)
{
    return arg;
}

static void *has_a_child(void *arg)
{
    pthread_t t;

    pthread_create(&t, NULL, increments, (void *)1);
    pthread_join(t, NULL);
    return arg;
}

Test(count, sections_1)
{
    RUN({locks, 1}, {locks, 1});
}

Test(count, sections_2)
{
    RUN({locks, 2}, {locks, 2});
}

Test(count, sections_3)
{
    RUN({locks, 3}, {locks, 3});
}

Test(count, sections_of_three_threads)
{
    RUN({locks, 1}, {locks, 1}, {locks, 1});
}

Test(count, one_increment)
{
    RUN({increments, 1});
}

Test(count, two_increments)
{
    RUN({increments, 1}, {increments, 1});
}

Test(count, three_increments)
{
    RUN({increments, 1}, {increments, 1}, {increments, 1});
}

Test(count, four_increments)
{
    RUN({increments, 1}, {increments, 1}, {increments, 1}, {increments, 1});
}

Test(count, increments_2_and_3)
{
    RUN({increments, 2}, {increments, 3});
}

Test(count, increments_2_2_2)
{
    RUN({increments, 2}, {increments, 2}, {increments, 2});
}

Test(count, loads_only)
{
    RUN({loads, 2}, {loads, 2}, {loads, 2});
}

Test(count, loads_and_an_increment)
{
    RUN({loads, 1}, {loads, 1}, {increments, 1});
}

Test(count, loads_2_and_an_increment)
{
    RUN({loads, 2}, {increments, 1});
}

Test(count, independent_locks)
{
    RUN({locks, 3}, {locks_another, 3});
}

Test(count, lock_and_increment)
{
    RUN({locks, 2}, {increments, 3});
}

Test(count, nothing_at_all)
{
    RUN({does_nothing, 0}, {does_nothing, 0}, {does_nothing, 0});
}

Test(count, readers_only)
{
    RUN({reads, 0}, {reads, 0}, {reads, 0});
}

Test(count, readers_and_a_writer)
{
    RUN({reads, 0}, {reads, 0}, {writes, 0});
}

Test(count, writers_only)
{
    RUN({writes, 0}, {writes, 0}, {writes, 0});
}

Test(count, a_try_and_a_section)
{
    RUN({tries, 0}, {locks, 1});
}

Test(count, a_try_and_two_sections)
{
    RUN({tries, 0}, {locks, 2});
}

Test(count, meeting_of_two)
{
    pthread_barrier_init(&barrier, NULL, 2);
    RUN({meets, 0}, {meets, 0});
}

Test(count, meeting_of_three)
{
    pthread_barrier_init(&barrier, NULL, 3);
    RUN({meets, 0}, {meets, 0}, {meets, 0});
}

Test(count, post_and_wait)
{
    sem_init(&sem, 0, 0);
    RUN({waits, 0}, {posts, 0});
}

Test(count, a_child_and_an_increment)
{
    RUN({has_a_child, 0}, {increments, 1});
}

/* -- the same results --------------------------------------------------------
 */

static void *notes_its_turn(void *arg)
{
    pthread_mutex_lock(&a);
    got[(intptr_t)arg] = ++turn;
    pthread_mutex_unlock(&a);
    return NULL;
}

Test(same, mutex)
{
    RUN({notes_its_turn, 0}, {notes_its_turn, 1});
    tell();
}

static void *adds_one(void *arg)
{
    got[(intptr_t)arg] = atomic_fetch_add(&n, 1);
    return NULL;
}

Test(same, two_additions)
{
    RUN({adds_one, 0}, {adds_one, 1});
    tell();
}

static void *tries_for_a_turn(void *arg)
{
    intptr_t me = (intptr_t)arg;

    got[me] = 9;
    if (pthread_mutex_trylock(&a) == 0) {
        got[me] = ++turn;
        pthread_mutex_unlock(&a);
    }
    got[me + 2] = atomic_fetch_add(&n, 1);
    return NULL;
}

Test(same, trylock)
{
    RUN({tries_for_a_turn, 0}, {notes_its_turn, 1});
    tell();
}

Test(same, trylock_twice)
{
    RUN({tries_for_a_turn, 0}, {tries_for_a_turn, 1});
    tell();
}

static void *stores_twice_as_reader(void *arg)
{
    pthread_rwlock_rdlock(&rw);
    atomic_store(&n, 1);
    atomic_store(&n, 2);
    pthread_rwlock_unlock(&rw);
    return arg;
}

static void *loads_as_reader(void *arg)
{
    pthread_rwlock_rdlock(&rw);
    got[0] = atomic_load(&n);
    pthread_rwlock_unlock(&rw);
    return arg;
}

/* Both are inside at a time: nothing of the lock puts them in order. */
Test(same, rwlock_readers)
{
    RUN({stores_twice_as_reader, 0}, {loads_as_reader, 0});
    tell();
}

static void *stores_as_writer(void *arg)
{
    pthread_rwlock_wrlock(&rw);
    atomic_store(&n, 3);
    pthread_rwlock_unlock(&rw);
    return arg;
}

Test(same, rwlock_writer)
{
    RUN({stores_as_writer, 0}, {loads_as_reader, 0});
    tell();
}

static void *tries_to_write(void *arg)
{
    got[1] = pthread_rwlock_trywrlock(&rw) == 0;
    if (got[1]) {
        pthread_rwlock_unlock(&rw);
    }
    return arg;
}

Test(same, rwlock_tried)
{
    RUN({tries_to_write, 0}, {loads_as_reader, 0});
    tell();
}

static void *takes_a_permit(void *arg)
{
    sem_wait(&sem);
    got[(intptr_t)arg] = atomic_fetch_add(&n, 1);
    return NULL;
}

static void *gives_permits(void *arg)
{
    sem_post(&sem);
    got[7] = atomic_load(&n);
    sem_post(&sem);
    return arg;
}

Test(same, semaphore)
{
    sem_init(&sem, 0, 0);
    RUN({takes_a_permit, 0}, {takes_a_permit, 1}, {gives_permits, 0});
    tell();
}

static void *tries_a_permit(void *arg)
{
    got[0] = sem_trywait(&sem);
    return arg;
}

Test(same, semaphore_tried)
{
    sem_init(&sem, 0, 0);
    RUN({tries_a_permit, 0}, {posts, 0});
    tell();
}

static void *stores_after_the_barrier(void *arg)
{
    pthread_barrier_wait(&barrier);
    atomic_store(&n, 1);
    atomic_store(&n, 2);
    return arg;
}

static void *loads_after_the_barrier(void *arg)
{
    pthread_barrier_wait(&barrier);
    got[0] = atomic_load(&n);
    return arg;
}

Test(same, barrier)
{
    pthread_barrier_init(&barrier, NULL, 2);
    RUN({stores_after_the_barrier, 0}, {loads_after_the_barrier, 0});
    tell();
}

static void sets_up(void)
{
    atomic_fetch_add(&n, 5);
}

static void *sets_up_and_adds(void *arg)
{
    pthread_once(&once, sets_up);
    got[(intptr_t)arg] = atomic_fetch_add(&n, 1);
    return NULL;
}

static void *looks_first(void *arg)
{
    got[2] = atomic_load(&n);
    return sets_up_and_adds(arg);
}

Test(same, once)
{
    RUN({sets_up_and_adds, 0}, {looks_first, 1});
    tell();
}

static void *loads_both(void *arg)
{
    got[0] = atomic_load(&n);
    got[1] = atomic_load(&m);
    return arg;
}

static void *stores_both(void *arg)
{
    atomic_store(&m, 1);
    atomic_store(&n, 1);
    return arg;
}

Test(same, atomics)
{
    RUN({loads_both, 0}, {stores_both, 0});
    tell();
}

static void *adds_if_even(void *arg)
{
    int was = atomic_load(&n);

    got[(intptr_t)arg] = atomic_compare_exchange_strong(&n, &was, was + 1);
    return NULL;
}

Test(same, compare_exchange)
{
    RUN({adds_if_even, 0}, {adds_if_even, 1});
    tell();
}

static void *stores_one(void *arg)
{
    atomic_store(&n, 1);
    return arg;
}

static void *looks_around_a_child(void *arg)
{
    pthread_t t;

    got[0] = atomic_load(&n);
    pthread_create(&t, NULL, stores_one, NULL);
    got[1] = atomic_load(&n);
    pthread_join(t, NULL);
    return arg;
}

static void *adds_ten(void *arg)
{
    got[2] = atomic_fetch_add(&n, 10);
    return arg;
}

Test(same, child)
{
    RUN({looks_around_a_child, 0}, {adds_ten, 0});
    tell();
}

static void *waits_for_a_ticket(void *arg)
{
    pthread_mutex_lock(&a);
    while (total == 0) {
        pthread_cond_wait(&changed, &a);
    }
    total--;
    got[(intptr_t)arg] = ++turn;
    pthread_mutex_unlock(&a);
    return NULL;
}

static void *gives_a_ticket(void *arg)
{
    pthread_mutex_lock(&a);
    total++;
    pthread_mutex_unlock(&a);
    pthread_cond_signal(&changed);
    return arg;
}

Test(same, condition)
{
    RUN({waits_for_a_ticket, 0}, {gives_a_ticket, 0});
    tell();
}

/* The signal may wake either of the two. */
Test(same, signal_to_two)
{
    pthread_t t, u;

    pthread_create(&t, NULL, waits_for_a_ticket, (void *)0);
    pthread_create(&u, NULL, waits_for_a_ticket, (void *)1);
    gives_a_ticket(NULL);
    gives_a_ticket(NULL);
    pthread_join(t, NULL);
    pthread_join(u, NULL);
    tell();
}

static void *gives_two_tickets(void *arg)
{
    pthread_mutex_lock(&a);
    total += 2;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&a);
    return arg;
}

Test(same, broadcast)
{
    pthread_t t, u;

    pthread_create(&t, NULL, waits_for_a_ticket, (void *)0);
    pthread_create(&u, NULL, waits_for_a_ticket, (void *)1);
    gives_two_tickets(NULL);
    pthread_join(t, NULL);
    pthread_join(u, NULL);
    tell();
}

static void *adds_within(void *arg)
{
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    got[0] = atomic_fetch_add(&n, 10);
    return arg;
}

static void *stores_locks_loads(void *arg)
{
    atomic_store(&n, 2);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    got[1] = atomic_load(&n);
    return arg;
}

/* With one preemption all is seen only if a thread is stopped with the lock. */
Test(same, stopped_with_the_lock)
{
    RUN({adds_within, 0}, {stores_locks_loads, 0});
    tell();
}

/* -- what else decides -------------------------------------------------------
 */

static void *sleeps(void *arg)
{
    const struct timespec t = {0, 1000};

    nanosleep(&t, NULL);
    return arg;
}

Test(open, sleep)
{
    RUN({sleeps, 0}, {locks, 1});
}

static void *waits_a_minute(void *arg)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 60;
    sem_timedwait(&sem, &until);
    return arg;
}

Test(open, timed_wait)
{
    sem_init(&sem, 0, 0);
    RUN({waits_a_minute, 0}, {posts, 0});
}

static void *asks_the_time(void *arg)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return arg;
}

Test(open, clock)
{
    RUN({asks_the_time, 0}, {locks, 1});
}

static void *sends_to_itself(void *arg)
{
    int ends[2];
    char byte = 1;

    if (pipe(ends) == 0 && write(ends[1], &byte, 1) == 1 &&
        read(ends[0], &byte, 1) == 1) {
        total += 0;
    }
    return arg;
}

Test(open, pipe)
{
    RUN({sends_to_itself, 0});
}

static void *has_a_process(void *arg)
{
    pid_t child = fork();

    if (child == 0) {
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return arg;
}

Test(open, fork)
{
    RUN({has_a_process, 0}, {locks, 1});
}

static void *is_cancelled(void *arg)
{
    sem_wait(&sem);
    return arg;
}

Test(open, cancellation)
{
    pthread_t t;

    sem_init(&sem, 0, 0);
    pthread_create(&t, NULL, is_cancelled, NULL);
    pthread_cancel(t);
    pthread_join(t, NULL);
}

Test(open, detached_thread_at_the_end)
{
    pthread_t t;

    pthread_create(&t, NULL, locks, (void *)1);
    pthread_detach(t);
}

static void *spins(void *arg)
{
    while (atomic_load(&n) == 0) {
    }
    return arg;
}

Test(open, spinning)
{
    RUN({spins, 0}, {locks, 1}, {increments, 1});
}

static void *exchanges_until_it_was_free(void *arg)
{
    while (atomic_exchange(&n, 1) != 0) {
        atomic_fetch_add(&m, (int)(intptr_t)arg);
    }
    total++;
    atomic_store(&n, 0);
    return arg;
}

Test(open, spinning_by_exchange)
{
    RUN({exchanges_until_it_was_free, 0}, {exchanges_until_it_was_free, 0});
    cr_assert_eq(total, 2);
}

Test(open, spinning_with_a_count_of_the_tries)
{
    RUN({exchanges_until_it_was_free, 1}, {exchanges_until_it_was_free, 1});
    cr_assert_eq(total, 2);
}

/* -- what needs two preemptions ----------------------------------------------
 */

static void *takes_a_then_b_if_it_is_one(void *arg)
{
    if (atomic_load(&n) == 1) {
        pthread_mutex_lock(&a);
        pthread_mutex_lock(&b);
        pthread_mutex_unlock(&b);
        pthread_mutex_unlock(&a);
    }
    return arg;
}

static void *counts_to_two_and_takes_b_then_a(void *arg)
{
    atomic_store(&n, 1);
    atomic_store(&n, 2);
    pthread_mutex_lock(&b);
    pthread_mutex_lock(&a);
    pthread_mutex_unlock(&a);
    pthread_mutex_unlock(&b);
    return arg;
}

/* The one is stopped in the midst of counting, the other between its locks. */
Test(needs, circle)
{
    RUN({takes_a_then_b_if_it_is_one, 0},
        {counts_to_two_and_takes_b_then_a, 0});
}

static void *looks_twice(void *arg)
{
    got[0] = atomic_load(&n);
    got[1] = atomic_load(&n);
    return arg;
}

static void *stores_one_then_two(void *arg)
{
    atomic_store(&n, 1);
    atomic_store(&n, 2);
    return arg;
}

/* 0 is read before it runs, 1 when it is in the midst. */
Test(needs, zero_then_one)
{
    RUN({looks_twice, 0}, {stores_one_then_two, 0});
    cr_assert_not(got[0] == 0 && got[1] == 1);
}

static void *waits_if_it_is_one(void *arg)
{
    if (atomic_load(&n) == 1) {
        pthread_mutex_lock(&a);
        pthread_cond_wait(&changed, &a);
        pthread_mutex_unlock(&a);
    }
    return arg;
}

static void *counts_to_two_and_signals(void *arg)
{
    atomic_store(&n, 1);
    atomic_store(&n, 2);
    pthread_mutex_lock(&a);
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&a);
    return arg;
}

/* It is stopped in the midst, the other one after its look. */
Test(needs, signal_that_is_lost)
{
    RUN({waits_if_it_is_one, 0}, {counts_to_two_and_signals, 0});
}
