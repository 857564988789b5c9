/* SPDX-License-Identifier: MIT */
/* Right: threads are cancelled while they wait for a permit, and count
 * themselves, under a mutex, in their clean-up handlers. */
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>

enum { THREADS = 3 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t never;
static int gone;

static void count(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&lock);
    gone++;
    pthread_mutex_unlock(&lock);
}

static void *wait_for_it(void *arg)
{
    pthread_cleanup_push(count, NULL);
    while (sem_wait(&never) != 0) {
    }
    pthread_cleanup_pop(1);
    return arg;
}

int main(void)
{
    pthread_t t[THREADS];

    sem_init(&never, 0, 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&t[i], NULL, wait_for_it, NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_cancel(t[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(t[i], &result);
        assert(result == PTHREAD_CANCELED);
    }
    pthread_mutex_lock(&lock);
    assert(gone == THREADS);
    pthread_mutex_unlock(&lock);
    sem_destroy(&never);
    return 0;
}
