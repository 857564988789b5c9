/* SPDX-License-Identifier: MIT */
/* Right: that a thread has ended is an atomic flag, and who finds it true takes
 * no lock. The thread sets it and then takes the mutex for a moment, before it
 * wakes all: who has looked too early is asleep by then. */
#include "timed.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

struct timed_lock {
    pthread_mutex_t guard;   /* guards held, and is held for moments only */
    pthread_cond_t released; /* signal: held went false */
    bool held;
};

struct timed_thread {
    pthread_t thread; /* for timed_destroy alone */
    void *(*fn)(void *arg);
    void *arg;

    void *result;         /* written before `returned` */
    atomic_bool returned; /* goes true once, never back */
    pthread_mutex_t lock; /* for those who sleep */
    pthread_cond_t ended; /* broadcast: returned went true */
};

struct timespec timed_deadline(unsigned timeout_ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += timeout_ms / 1000;
    t.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

int timed_wait(pthread_cond_t *cond, pthread_mutex_t *mutex,
               bool (*ready)(void *arg), void *arg,
               const struct timespec *deadline)
{
    int rc = 0;

    while (!ready(arg)) {
        /* The time was over, and it was not ready even then. */
        if (rc != 0) {
            return rc;
        }
        if (deadline == NULL) {
            rc = pthread_cond_wait(cond, mutex);
        } else {
            rc = pthread_cond_clockwait(cond, mutex, CLOCK_MONOTONIC, deadline);
        }
    }
    return 0;
}

struct timed_lock *timed_lock_create(void)
{
    struct timed_lock *lock = calloc(1, sizeof(*lock)); /* not held: zero */

    if (lock == NULL) {
        return NULL;
    }
    pthread_mutex_init(&lock->guard, NULL);
    pthread_cond_init(&lock->released, NULL);
    return lock;
}

static bool is_free(void *arg)
{
    const struct timed_lock *lock = arg;

    return !lock->held;
}

int timed_acquire(struct timed_lock *lock, const struct timespec *deadline)
{
    int rc;

    /* Nobody keeps this mutex for longer than a moment: it needs no limit. */
    pthread_mutex_lock(&lock->guard);
    rc = timed_wait(&lock->released, &lock->guard, is_free, lock, deadline);
    if (rc == 0) {
        lock->held = true;
    }
    pthread_mutex_unlock(&lock->guard);
    return rc;
}

void timed_release(struct timed_lock *lock)
{
    pthread_mutex_lock(&lock->guard);
    lock->held = false;
    /* Only one can take it, and any will do. */
    pthread_cond_signal(&lock->released);
    pthread_mutex_unlock(&lock->guard);
}

void timed_lock_destroy(struct timed_lock *lock)
{
    pthread_cond_destroy(&lock->released);
    pthread_mutex_destroy(&lock->guard);
    free(lock);
}

static void *thread_main(void *arg)
{
    struct timed_thread *t = arg;

    t->result = t->fn(t->arg);
    atomic_store_explicit(&t->returned, true, memory_order_release);
    pthread_mutex_lock(&t->lock); /* nobody is between look and sleep now */
    pthread_mutex_unlock(&t->lock);
    pthread_cond_broadcast(&t->ended);
    return NULL;
}

struct timed_thread *timed_start(void *(*fn)(void *arg), void *arg)
{
    struct timed_thread *t = calloc(1, sizeof(*t));

    if (t == NULL) {
        return NULL;
    }
    t->fn = fn;
    t->arg = arg;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->ended, NULL);
    if (pthread_create(&t->thread, NULL, thread_main, t) != 0) {
        pthread_cond_destroy(&t->ended);
        pthread_mutex_destroy(&t->lock);
        free(t);
        return NULL;
    }
    return t;
}

static bool has_returned(void *arg)
{
    const struct timed_thread *t = arg;

    return atomic_load_explicit(&t->returned, memory_order_acquire);
}

int timed_join(struct timed_thread *t, const struct timespec *deadline,
               void **out_result)
{
    int rc = 0;

    if (!has_returned(t)) {
        pthread_mutex_lock(&t->lock);
        rc = timed_wait(&t->ended, &t->lock, has_returned, t, deadline);
        pthread_mutex_unlock(&t->lock);
    }
    if (rc == 0) {
        *out_result = t->result;
    }
    return rc;
}

size_t timed_join_all(struct timed_thread *const threads[], size_t n,
                      const struct timespec *deadline)
{
    size_t ended = 0;

    /* When the time is over the rest is looked at all the same: a join that
     * need not wait does not mind the deadline. */
    for (size_t i = 0; i < n; i++) {
        void *result = NULL;

        ended += timed_join(threads[i], deadline, &result) == 0;
    }
    return ended;
}

void timed_destroy(struct timed_thread *t)
{
    /* Not only until `returned` is true: the thread still has to end then, with
     * the destructors of its keys, and only a join says that it has. */
    pthread_join(t->thread, NULL);
    pthread_cond_destroy(&t->ended);
    pthread_mutex_destroy(&t->lock);
    free(t);
}
