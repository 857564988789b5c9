/* SPDX-License-Identifier: MIT */
/* Right: a timer's function runs in a thread that the C library starts for it,
 * and posts what main waits for. */
#include <assert.h>
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>

static sem_t rung;
static int rings;

static void ring(union sigval unused)
{
    (void)unused;
    rings++;
    sem_post(&rung);
}

int main(void)
{
    struct sigevent in_a_thread = {.sigev_notify = SIGEV_THREAD,
                                   .sigev_notify_function = ring};
    struct itimerspec once = {.it_value = {0, 20000000}};
    timer_t alarm_clock;

    sem_init(&rung, 0, 0);
    if (timer_create(CLOCK_MONOTONIC, &in_a_thread, &alarm_clock) != 0) {
        return 1;
    }
    timer_settime(alarm_clock, 0, &once, NULL);
    while (sem_wait(&rung) != 0 && errno == EINTR) {
    }
    assert(rings == 1);
    timer_delete(alarm_clock);
    return 0;
}
