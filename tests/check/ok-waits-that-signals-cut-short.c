/* SPDX-License-Identifier: MIT */
/* Right: signals cut waits short, and whoever waits goes on as it should: with
 * what was left of a sleep, with EINTR, or not at all after SA_RESTART. */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

static sem_t permit;
static int ends[2];
static atomic_int handled;
static atomic_bool waiting;

static void count(int sig)
{
    (void)sig;
    atomic_fetch_add(&handled, 1);
}

static void *sleeps_it_out(void *arg)
{
    struct timespec start, now, left = {0, 50000000};

    clock_gettime(CLOCK_MONOTONIC, &start);
    atomic_store(&waiting, true);
    while (nanosleep(&left, &left) != 0) {
        assert(errno == EINTR);
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    assert((now.tv_sec - start.tv_sec) * 1000 +
               (now.tv_nsec - start.tv_nsec) / 1000000 >=
           49);
    return arg;
}

static void *waits_for_permit(void *arg)
{
    atomic_store(&waiting, true);
    while (sem_wait(&permit) != 0) {
        assert(errno == EINTR);
    }
    return arg;
}

static void *polls(void *arg)
{
    struct pollfd p = {ends[0], POLLIN, 0};
    int rc;

    atomic_store(&waiting, true);
    while ((rc = poll(&p, 1, -1)) < 0) {
        assert(errno == EINTR);
    }
    assert(rc == 1 && (p.revents & POLLIN) != 0);
    return arg;
}

/* Never sees the signal: its handler restarts what it interrupts. */
static void *reads(void *arg)
{
    char c = '\0';

    atomic_store(&waiting, true);
    assert(read(ends[0], &c, 1) == 1 && c == 'x');
    return arg;
}

static void handle(int sig, int flags)
{
    struct sigaction action = {.sa_handler = count, .sa_flags = flags};

    sigaction(sig, &action, NULL);
}

static pthread_t start_and_interrupt(void *(*fn)(void *), int sig)
{
    pthread_t t;

    atomic_store(&waiting, false);
    pthread_create(&t, NULL, fn, NULL);
    while (!atomic_load(&waiting)) {
        sched_yield();
    }
    pthread_kill(t, sig);
    return t;
}

int main(void)
{
    pthread_t t;

    sem_init(&permit, 0, 0);
    assert(pipe(ends) == 0);
    handle(SIGUSR1, 0);
    handle(SIGUSR2, SA_RESTART);

    t = start_and_interrupt(sleeps_it_out, SIGUSR2);
    pthread_join(t, NULL);

    t = start_and_interrupt(waits_for_permit, SIGUSR1);
    sem_post(&permit);
    pthread_join(t, NULL);

    t = start_and_interrupt(polls, SIGUSR2);
    assert(write(ends[1], "x", 1) == 1);
    pthread_join(t, NULL);

    t = start_and_interrupt(reads, SIGUSR2); /* there is one byte */
    pthread_join(t, NULL);

    assert(atomic_load(&handled) >= 2); /* others may have ended before */
    close(ends[0]);
    close(ends[1]);
    sem_destroy(&permit);
    return 0;
}
