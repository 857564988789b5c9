/* SPDX-License-Identifier: MIT */
/* Right: main naps until the alarm has rung, and tells the lamp, which naps
 * until it is told. Neither of them changes anything before that. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/time.h>
#include <time.h>

static volatile sig_atomic_t rung;
static atomic_bool off;

static void on_alarm(int unused)
{
    (void)unused;
    rung = 1;
}

static void nap(void)
{
    struct timespec ms = {0, 1000000};

    nanosleep(&ms, NULL);
}

static void *shine(void *unused)
{
    while (!atomic_load(&off)) {
        nap();
    }
    return unused;
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval once = {.it_value = {0, 500000}};
    pthread_t lamp;
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    sigaction(SIGALRM, &action, NULL);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    pthread_create(&lamp, NULL, shine, NULL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    setitimer(ITIMER_REAL, &once, NULL);
    while (!rung) {
        nap();
    }
    atomic_store(&off, true);
    pthread_join(lamp, NULL);
    return 0;
}
