/* SPDX-License-Identifier: MIT */
/* One waits for an hour at most while another spins: the hour does not pass
 * before the one who is to end both waits has had its turn. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool done;
static atomic_bool flag;

static void *wait_main(void *arg)
{
    struct timespec until;
    int rc = 0;

    (void)arg;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 3600;
    pthread_mutex_lock(&lock);
    while (!done && rc == 0) {
        rc = pthread_cond_timedwait(&changed, &lock, &until);
    }
    assert(rc == 0);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *spin_main(void *arg)
{
    (void)arg;
    while (!atomic_load(&flag)) {
    }
    return NULL;
}

int main(void)
{
    pthread_t waiter, spinner;

    pthread_create(&waiter, NULL, wait_main, NULL);
    pthread_create(&spinner, NULL, spin_main, NULL);
    pthread_mutex_lock(&lock);
    done = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    atomic_store(&flag, true);
    pthread_join(waiter, NULL);
    pthread_join(spinner, NULL);
    return 0;
}
