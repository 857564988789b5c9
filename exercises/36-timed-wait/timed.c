/* SPDX-License-Identifier: MIT */
/* timed.c - locks, waits and joins that give up at a deadline. Your work; see
 * timed.h. */
#include "timed.h"

#include <errno.h>
#include <stdlib.h>

struct timed_lock {
    bool held; /* TODO: the rest, and say which lock guards what */
};

struct timed_thread {
    pthread_t thread; /* TODO: the rest */
};

/* TODO: read the clock and add; mind the carry. */
struct timespec timed_deadline(unsigned timeout_ms)
{
    struct timespec t = {0, 0};

    (void)timeout_ms;
    return t;
}

/* TODO: a lock is something that is held or not, which one can wait for. */
struct timed_lock *timed_lock_create(void)
{
    return NULL;
}

/* TODO: wait until nobody holds it, then hold it. */
int timed_acquire(struct timed_lock *lock, const struct timespec *deadline)
{
    (void)lock;
    (void)deadline;
    return ENOSYS;
}

/* TODO: hold it no longer, and tell one who waits. */
void timed_release(struct timed_lock *lock)
{
    (void)lock;
}

/* TODO: give back all that timed_lock_create took. */
void timed_lock_destroy(struct timed_lock *lock)
{
    (void)lock;
}

/* TODO: wait in a loop; who has the last word, the clock or `ready`? */
int timed_wait(pthread_cond_t *cond, pthread_mutex_t *mutex,
               bool (*ready)(void *arg), void *arg,
               const struct timespec *deadline)
{
    (void)cond;
    (void)mutex;
    (void)ready;
    (void)arg;
    (void)deadline;
    return ENOSYS;
}

/* TODO: start a thread that calls fn and then tells those who wait. */
struct timed_thread *timed_start(void *(*fn)(void *arg), void *arg)
{
    (void)fn;
    (void)arg;
    return NULL;
}

/* TODO: wait until the function has returned. */
int timed_join(struct timed_thread *t, const struct timespec *deadline,
               void **out_result)
{
    (void)t;
    (void)deadline;
    (void)out_result;
    return ENOSYS;
}

/* TODO: join them all, and count. */
size_t timed_join_all(struct timed_thread *const threads[], size_t n,
                      const struct timespec *deadline)
{
    (void)threads;
    (void)n;
    (void)deadline;
    return 0;
}

/* TODO: every thread that was started must be joined, once. */
void timed_destroy(struct timed_thread *t)
{
    (void)t;
}
