/* SPDX-License-Identifier: MIT */
/* The end of a child is told by a signal, long before the limit of the wait. */
#include <assert.h>
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static sem_t ended;

static void on_child(int sig)
{
    (void)sig;
    sem_post(&ended);
}

int main(void)
{
    struct sigaction action;
    struct timespec until;
    int rc;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_child;
    sem_init(&ended, 0, 0);
    sigaction(SIGCHLD, &action, NULL);
    if (fork() == 0) {
        usleep(20000);
        _exit(0);
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 3600;
    do {
        rc = sem_timedwait(&ended, &until);
    } while (rc != 0 && errno == EINTR);
    assert(rc == 0);
    wait(NULL);
    return 0;
}
