/* SPDX-License-Identifier: MIT */
/* A cleanup handler, and a cancellation that runs one. In C its macros jump,
 * unless the compiler unwinds stacks; the audit refuses jumps.
 * Engines: explore,asan,tsan */
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static void give_back(void *lock)
{
    pthread_mutex_unlock(lock);
}

static void *wait_for_ever(void *arg)
{
    pthread_mutex_lock(&held);
    pthread_cleanup_push(give_back, &held);
    for (;;) {
        pthread_cond_wait(&never, &held);
    }
    pthread_cleanup_pop(1);
    return arg;
}

static void act(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, wait_for_ever, NULL) == 0) {
        pthread_cancel(thread);
        pthread_join(thread, NULL);
        pthread_mutex_lock(&held); /* it was given back */
        pthread_mutex_unlock(&held);
    }
}
