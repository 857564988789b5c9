/* SPDX-License-Identifier: MIT */
/* Wrong: main waits once and takes any waking for the news that the job is
 * done. It holds the lock from before the start, so the signal cannot be
 * lost; but a wait may end without one, and then the result is not there. */
#include <pthread.h>
#include <stdio.h>

pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t c = PTHREAD_COND_INITIALIZER;
int result = -1;

void *job(void *unused)
{
    int r = 0;

    for (int i = 1; i <= 100; i++) {
        r += i;
    }
    pthread_mutex_lock(&m);
    result = r;
    pthread_cond_signal(&c);
    pthread_mutex_unlock(&m);
    return unused;
}

int main(void)
{
    pthread_t t;
    int seen;

    pthread_mutex_lock(&m);
    pthread_create(&t, NULL, job, NULL);
    pthread_cond_wait(&c, &m);
    seen = result;
    pthread_mutex_unlock(&m);
    pthread_join(t, NULL);
    printf("result %d\n", seen);
    return 0;
}
