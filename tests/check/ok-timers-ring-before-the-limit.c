/* SPDX-License-Identifier: MIT */
/* Two timers go off, one after the other, long before the limit of the wait. */
#include <assert.h>
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static sem_t rung;

static void ring(int sig)
{
    (void)sig;
    sem_post(&rung);
}

static void await_ring(void)
{
    struct timespec until;
    int rc;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 3600;
    do {
        rc = sem_timedwait(&rung, &until);
    } while (rc != 0 && errno == EINTR);
    assert(rc == 0);
}

int main(void)
{
    const struct itimerval soon = {{0, 0}, {0, 20000}};
    const struct itimerspec later = {{0, 0}, {0, 20000000}};
    struct sigaction action;
    timer_t timer;

    memset(&action, 0, sizeof action);
    action.sa_handler = ring;
    sem_init(&rung, 0, 0);
    sigaction(SIGALRM, &action, NULL);
    assert(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    await_ring();
    assert(timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0);
    assert(timer_settime(timer, 0, &later, NULL) == 0);
    await_ring();
    timer_delete(timer);
    return 0;
}
