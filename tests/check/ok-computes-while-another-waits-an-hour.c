/* SPDX-License-Identifier: MIT */
/* One waits for an hour at most while the other computes: what it computes
 * takes no calls, and the hour does not pass. */
#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint64_t result; /* 0: none yet */

static void *wait_main(void *arg)
{
    struct timespec until;
    int rc = 0;

    (void)arg;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 3600;
    pthread_mutex_lock(&lock);
    while (result == 0 && rc == 0) {
        rc = pthread_cond_timedwait(&changed, &lock, &until);
    }
    assert(rc == 0);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    uint64_t x = 88172645463325252u;

    pthread_create(&thread, NULL, wait_main, NULL);
    for (int i = 0; i < 25000000; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    pthread_mutex_lock(&lock);
    result = x | 1;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    return 0;
}
