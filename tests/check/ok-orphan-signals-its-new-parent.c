/* SPDX-License-Identifier: MIT */
/* A process that outlives its parent signals whoever its parent is now: the
 * grader, which has adopted it, and goes on. */
#include <signal.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

int main(void)
{
    pid_t me = getpid();

    if (fork() == 0) {
        for (int i = 0; i < 200 && getppid() == me; i++) {
            usleep(1000);
        }
        kill(getppid(), SIGUSR1);
        _exit(0);
    }
    puts("done");
    return 0;
}
