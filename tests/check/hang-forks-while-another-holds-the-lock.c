/* SPDX-License-Identifier: MIT */
/* Wrong: the program forks while a thread may be inside the logger, and the
 * new process logs, too: the lock was copied locked, without its owner. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int lines; /* guarded by lock */

static void log_line(void)
{
    pthread_mutex_lock(&lock);
    lines++;
    pthread_mutex_unlock(&lock);
}

static void *work(void *arg)
{
    for (int i = 0; i < 3; i++) {
        log_line();
    }
    return arg;
}

int main(void)
{
    pthread_t t;
    pid_t child;

    pthread_create(&t, NULL, work, NULL);
    child = fork();
    if (child == 0) {
        log_line();
        _exit(0);
    }
    waitpid(child, NULL, 0);
    pthread_join(t, NULL);
    printf("%d lines\n", lines);
    return 0;
}
