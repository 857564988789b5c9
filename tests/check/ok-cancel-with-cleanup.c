/* SPDX-License-Identifier: MIT */
/* Right: a worker is cancelled inside pthread_cond_wait; its cleanup handler
 * gives the mutex back and frees its buffer, so main can take the lock. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int waiting, never; /* guarded by lock */

static void unlock(void *m)
{
    waiting--;
    pthread_mutex_unlock(m);
}

static void *sleeper(void *unused)
{
    char *buffer = malloc(100);

    pthread_cleanup_push(free, buffer);
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, &lock);
    waiting++;
    pthread_cond_broadcast(&changed);
    while (!never) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
    return unused;
}

int main(void)
{
    pthread_t t;
    void *result = NULL;
    int left;

    pthread_create(&t, NULL, sleeper, NULL);
    pthread_mutex_lock(&lock);
    while (waiting == 0) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
    pthread_cancel(t);
    pthread_join(t, &result);
    pthread_mutex_lock(&lock);
    left = waiting;
    pthread_mutex_unlock(&lock);
    printf("%s, %d waiting\n",
           result == PTHREAD_CANCELED ? "cancelled" : "returned", left);
    return left;
}
