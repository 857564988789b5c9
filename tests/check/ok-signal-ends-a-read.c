/* SPDX-License-Identifier: MIT */
/* Right: a signal ends the read of a thread that nobody else would end. It may
 * come just before the call, so it is sent until the thread has heard. */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

static int ends[2];
static atomic_bool stop, stopped;

static void wake(int sig)
{
    (void)sig;
}

static void *serve(void *arg)
{
    char c;

    while (!atomic_load(&stop)) {
        ssize_t n = read(ends[0], &c, 1);
        assert(n == 1 || (n < 0 && errno == EINTR));
    }
    atomic_store(&stopped, true);
    return arg;
}

int main(void)
{
    struct sigaction action = {.sa_handler = wake};
    pthread_t t;

    assert(pipe(ends) == 0);
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&t, NULL, serve, NULL);
    assert(write(ends[1], "a", 1) == 1);
    atomic_store(&stop, true);
    while (!atomic_load(&stopped)) {
        pthread_kill(t, SIGUSR1);
        usleep(1000);
    }
    pthread_join(t, NULL);
    close(ends[0]);
    close(ends[1]);
    return 0;
}
