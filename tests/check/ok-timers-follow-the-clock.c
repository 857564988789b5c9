/* SPDX-License-Identifier: MIT */
/* Right: timers that send signals, sleeps, waits with a limit and the clock
 * agree on what time it is. */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ticks;

static void tick(int sig)
{
    (void)sig;
    ticks++;
}

static long ms_since(const struct timespec *then)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - then->tv_sec) * 1000 +
           (now.tv_nsec - then->tv_nsec) / 1000000;
}

static void count_five(void)
{
    struct sigaction action = {.sa_handler = tick};
    struct itimerval every = {{0, 20000}, {0, 20000}}, none = {{0, 0}, {0, 0}};
    struct timespec begin;

    sigaction(SIGALRM, &action, NULL);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    setitimer(ITIMER_REAL, &every, NULL);
    while (ticks < 5) {
        usleep(1000);
    }
    setitimer(ITIMER_REAL, &none, NULL);
    assert(ms_since(&begin) >= 100);
}

int main(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
                             .sigev_signo = SIGUSR1};
    struct itimerspec once = {.it_value = {0, 300000000}}, left;
    struct timespec begin, limit = {0, 50000000};
    siginfo_t info;
    sigset_t set;
    timer_t timer;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    event.sigev_value.sival_int = 7;
    assert(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);

    clock_gettime(CLOCK_MONOTONIC, &begin);
    timer_settime(timer, 0, &once, NULL);
    assert(sigtimedwait(&set, &info, &limit) == -1 && errno == EAGAIN);
    assert(ms_since(&begin) >= 50);
    usleep(200000);
    timer_gettime(timer, &left);
    assert(left.it_value.tv_sec == 0 && left.it_value.tv_nsec <= 50000000);
    assert(sigwaitinfo(&set, &info) == SIGUSR1);
    assert(info.si_code == SI_TIMER && info.si_value.sival_int == 7);
    assert(ms_since(&begin) >= 300);
    timer_delete(timer);

    count_five();
    return 0;
}
