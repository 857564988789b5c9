/* SPDX-License-Identifier: MIT */
/* Right: a detached logger serves for ever in while (1) and sleeps on a
 * condition; main flushes, then calls exit while the logger still waits. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX 8

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t posted = PTHREAD_COND_INITIALIZER;
static pthread_cond_t drained = PTHREAD_COND_INITIALIZER;
static const char *pending[MAX]; /* guarded by lock */
static int count, written;       /* guarded by lock */

static void *logger(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    while (1) {
        while (count == 0) {
            pthread_cond_wait(&posted, &lock);
        }
        for (int i = 0; i < count; i++) {
            printf("log: %s\n", pending[i]);
            written++;
        }
        count = 0;
        pthread_cond_broadcast(&drained);
    }
    return NULL;
}

static void log_line(const char *line)
{
    pthread_mutex_lock(&lock);
    while (count == MAX) {
        pthread_cond_wait(&drained, &lock);
    }
    pending[count++] = line;
    pthread_cond_signal(&posted);
    pthread_mutex_unlock(&lock);
}

int main(void)
{
    pthread_t t;
    int n;

    pthread_create(&t, NULL, logger, NULL);
    pthread_detach(t);
    for (int i = 0; i < 20; i++) {
        log_line(i % 2 == 0 ? "tick" : "tock");
    }
    pthread_mutex_lock(&lock);
    while (count > 0) {
        pthread_cond_wait(&drained, &lock);
    }
    n = written;
    pthread_mutex_unlock(&lock);
    exit(n == 20 ? 0 : 1);
}
