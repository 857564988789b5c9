/* SPDX-License-Identifier: MIT */
/* Wrong: the flag is seen, the condition destroyed, and then it is signalled:
 * the worker unlocks before it signals, and nobody waits for that. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool ready; /* guarded by lock */

static void *work(void *arg)
{
    pthread_mutex_lock(&lock);
    ready = true;
    pthread_mutex_unlock(&lock);
    pthread_cond_signal(&changed);
    return arg;
}

int main(void)
{
    pthread_t t;

    pthread_create(&t, NULL, work, NULL);
    pthread_mutex_lock(&lock);
    while (!ready) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
    pthread_cond_destroy(&changed);
    pthread_join(t, NULL);
    puts("done");
    return 0;
}
