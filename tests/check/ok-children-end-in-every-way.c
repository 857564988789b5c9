/* SPDX-License-Identifier: MIT */
/* Right: the parent learns how each of its children has ended, and that one
 * of them has slept for as long as it said. */
#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t aborted;

static void on_abort(int sig)
{
    (void)sig;
    aborted = 1;
}

static int status_of(pid_t child)
{
    int status = -1;

    assert(child > 0 && waitpid(child, &status, 0) == child);
    return status;
}

/* What it returns is the status of the child. */
static int wait_for_abort(void)
{
    sigset_t none;

    sigemptyset(&none);
    while (!aborted) {
        sigsuspend(&none);
    }
    return 7;
}

static void count_up(void)
{
    for (volatile int i = 0; i < 4000000; i++) {
    }
}

int main(void)
{
    struct timespec before, after;
    struct sigaction action = {.sa_handler = on_abort};
    sigset_t set, old;
    pid_t child;
    int status;

    if ((child = fork()) == 0) {
        exit(3);
    }
    status = status_of(child);
    assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);

    if ((child = fork()) == 0) {
        return 4;
    }
    status = status_of(child);
    assert(WIFEXITED(status) && WEXITSTATUS(status) == 4);

    if ((child = fork()) == 0) {
        for (;;) {
            pause();
        }
    }
    kill(child, SIGABRT);
    status = status_of(child);
    assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);

    sigemptyset(&set);
    sigaddset(&set, SIGABRT);
    sigprocmask(SIG_BLOCK, &set, &old);
    sigaction(SIGABRT, &action, NULL);
    if ((child = fork()) == 0) {
        _exit(wait_for_abort());
    }
    kill(child, SIGABRT);
    status = status_of(child);
    assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);

    clock_gettime(CLOCK_MONOTONIC, &before);
    if ((child = fork()) == 0) {
        usleep(20000);
        _exit(0);
    }
    count_up(); /* it sleeps meanwhile */
    status_of(child);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert((after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec -
               before.tv_nsec >=
           20000000);
    return 0;
}
