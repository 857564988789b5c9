/* SPDX-License-Identifier: MIT */
/* Right: whoever forks takes the logger's lock first (pthread_atfork), so that
 * the new process owns it and can give it back. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int lines; /* guarded by lock */

static void take(void)
{
    pthread_mutex_lock(&lock);
}

static void give(void)
{
    pthread_mutex_unlock(&lock);
}

static void log_line(void)
{
    take();
    lines++;
    give();
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

    pthread_atfork(take, give, give);
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
