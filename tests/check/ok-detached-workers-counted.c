/* SPDX-License-Identifier: MIT */
/* Right: threads born detached; main waits on a condition until the count of
 * live ones is zero. The last touch of shared memory is the unlock, and what
 * they touch is static, so main may return. Exits with the answer, 42. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t idle;
    int alive; /* guarded by lock */
    int answer;
} pool = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};

static void *add(void *arg)
{
    int n = *(int *)arg;

    free(arg);
    pthread_mutex_lock(&pool.lock);
    pool.answer += n;
    if (--pool.alive == 0) {
        pthread_cond_signal(&pool.idle);
    }
    pthread_mutex_unlock(&pool.lock);
    return NULL;
}

static int start(const pthread_attr_t *attr, int n)
{
    pthread_t thread;
    int *arg = malloc(sizeof(*arg));

    if (arg == NULL) {
        return -1;
    }
    *arg = n;
    pthread_mutex_lock(&pool.lock);
    pool.alive++;
    pthread_mutex_unlock(&pool.lock);
    return pthread_create(&thread, attr, add, arg);
}

int main(void)
{
    pthread_attr_t attr;

    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    for (int n = 3; n <= 9; n++) {
        if (start(&attr, n) != 0) {
            return 1;
        }
    }
    pthread_attr_destroy(&attr);
    pthread_mutex_lock(&pool.lock);
    while (pool.alive > 0) {
        pthread_cond_wait(&pool.idle, &pool.lock);
    }
    pthread_mutex_unlock(&pool.lock);
    printf("%d\n", pool.answer);
    return pool.answer;
}
