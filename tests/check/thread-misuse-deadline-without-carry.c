/* SPDX-License-Identifier: MIT */
/* Wrong: half a second is added to tv_nsec, and nothing is carried. In every
 * second half of a second the wait does not wait. */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t came = PTHREAD_COND_INITIALIZER;
static bool here;

static bool wait_half_a_second(struct timespec now)
{
    bool late = false;

    now.tv_nsec += 500000000;
    pthread_mutex_lock(&lock);
    while (!here && !late) {
        late = pthread_cond_timedwait(&came, &lock, &now) == ETIMEDOUT;
    }
    pthread_mutex_unlock(&lock);
    return !late;
}

static void *comes(void *arg)
{
    pthread_mutex_lock(&lock);
    here = true;
    pthread_cond_signal(&came);
    pthread_mutex_unlock(&lock);
    return arg;
}

int main(void)
{
    struct timespec now;
    pthread_t t;

    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_nsec = 600000000; /* as it is four times out of ten */
    pthread_create(&t, NULL, comes, NULL);
    puts(wait_half_a_second(now) ? "here" : "late");
    pthread_join(t, NULL);
    return 0;
}
