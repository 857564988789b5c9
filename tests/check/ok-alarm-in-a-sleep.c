/* SPDX-License-Identifier: MIT */
/* Right: an alarm comes in the middle of a longer sleep, and later one ends a
 * wait that nobody else would end. */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t rung;
static sem_t bell;

static void ring(int sig)
{
    (void)sig;
    rung = 1;
    sem_post(&bell);
}

static void *wait_for_bell(void *arg)
{
    while (sem_wait(&bell) != 0) {
        assert(errno == EINTR);
    }
    return arg;
}

int main(void)
{
    struct sigaction action = {.sa_handler = ring};
    pthread_t t;

    sem_init(&bell, 0, 0);
    sigaction(SIGALRM, &action, NULL);
    assert(alarm(1) == 0);
    for (unsigned left = 2; left > 0 && !rung;) {
        left = sleep(left);
    }
    assert(rung && alarm(0) == 0);
    wait_for_bell(NULL);

    pthread_create(&t, NULL, wait_for_bell, NULL);
    alarm(100);
    assert(alarm(1) > 98);
    pthread_join(t, NULL);
    sem_destroy(&bell);
    return 0;
}
