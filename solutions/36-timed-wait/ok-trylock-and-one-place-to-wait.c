/* SPDX-License-Identifier: MIT */
/* Right: a plain mutex is what is held, and pthread_mutex_trylock asks for
 * it. Whoever does not get it, and whoever joins, sleeps in one place that
 * is the same for all locks and threads; everything that happens wakes
 * everybody. */
#include "timed.h"

#include <errno.h>
#include <stdlib.h>

struct timed_lock {
    pthread_mutex_t mutex; /* whoever has it holds the lock */
};

struct timed_thread {
    pthread_t thread; /* for timed_destroy alone */
    void *(*fn)(void *arg);
    void *arg;

    bool returned; /* guarded by news_lock; goes true once, never back */
    void *result;  /* means something once returned is true */
};

/* Held for moments: from a look at what is waited for to the sleep, and while
 * it changes. */
static pthread_mutex_t news_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t news = PTHREAD_COND_INITIALIZER;

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
    struct timed_lock *lock = malloc(sizeof(*lock));

    if (lock == NULL) {
        return NULL;
    }
    pthread_mutex_init(&lock->mutex, NULL);
    return lock;
}

static bool take(void *arg)
{
    struct timed_lock *lock = arg;

    return pthread_mutex_trylock(&lock->mutex) == 0;
}

int timed_acquire(struct timed_lock *lock, const struct timespec *deadline)
{
    int rc;

    pthread_mutex_lock(&news_lock);
    rc = timed_wait(&news, &news_lock, take, lock, deadline);
    pthread_mutex_unlock(&news_lock);
    return rc;
}

void timed_release(struct timed_lock *lock)
{
    pthread_mutex_unlock(&lock->mutex);
    /* Not without the lock: somebody may be about to sleep just now. */
    pthread_mutex_lock(&news_lock);
    pthread_cond_broadcast(&news);
    pthread_mutex_unlock(&news_lock);
}

void timed_lock_destroy(struct timed_lock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
    free(lock);
}

static void *thread_main(void *arg)
{
    struct timed_thread *t = arg;
    void *result = t->fn(t->arg);

    pthread_mutex_lock(&news_lock);
    t->result = result;
    t->returned = true;
    pthread_cond_broadcast(&news);
    pthread_mutex_unlock(&news_lock);
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
    if (pthread_create(&t->thread, NULL, thread_main, t) != 0) {
        free(t);
        return NULL;
    }
    return t;
}

static bool has_returned(void *arg)
{
    const struct timed_thread *t = arg;

    return t->returned;
}

int timed_join(struct timed_thread *t, const struct timespec *deadline,
               void **out_result)
{
    int rc;

    pthread_mutex_lock(&news_lock);
    rc = timed_wait(&news, &news_lock, has_returned, t, deadline);
    if (rc == 0) {
        *out_result = t->result;
    }
    pthread_mutex_unlock(&news_lock);
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
    pthread_join(t->thread, NULL);
    free(t);
}
