/* SPDX-License-Identifier: MIT */
/* Wrong: whoever releases the lock hands it to the one who has waited longest.
 * A waiter whose time is over does not look whether that was it, and says
 * ETIMEDOUT: the lock is held, by nobody. It takes a release between the end of
 * the time and the return of the wait. */
#include "timed.h"

#include <errno.h>
#include <stdlib.h>

/* A thread that waits for a lock. */
struct in_line {
    struct in_line *next;
    pthread_cond_t turn; /* signal: granted went true */
    bool granted;        /* it has the lock, and is out of the line */
};

struct timed_lock {
    pthread_mutex_t guard; /* guards the rest, and is held for moments only */
    bool held;
    struct in_line *first; /* who waits longest; none while not held */
};

struct timed_thread {
    pthread_t thread; /* for timed_destroy alone */
    void *(*fn)(void *arg);
    void *arg;

    pthread_mutex_t lock; /* guards the fields below */
    pthread_cond_t ended; /* broadcast: returned went true */
    bool returned;        /* goes true once, never back */
    void *result;         /* means something once returned is true */
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
    return lock;
}

static void join_line_locked(struct timed_lock *lock, struct in_line *me)
{
    struct in_line **link = &lock->first;

    while (*link != NULL) {
        link = &(*link)->next;
    }
    *link = me;
}

static void leave_line_locked(struct timed_lock *lock, struct in_line *me)
{
    struct in_line **link = &lock->first;

    while (*link != me) {
        link = &(*link)->next;
    }
    *link = me->next;
}

static int wait_in_line_locked(struct timed_lock *lock,
                               const struct timespec *deadline)
{
    struct in_line me = {.granted = false};
    int rc = 0;

    pthread_cond_init(&me.turn, NULL);
    join_line_locked(lock, &me);
    while (!me.granted && rc == 0) {
        if (deadline == NULL) {
            rc = pthread_cond_wait(&me.turn, &lock->guard);
        } else {
            rc = pthread_cond_clockwait(&me.turn, &lock->guard, CLOCK_MONOTONIC,
                                        deadline);
        }
    }
    if (!me.granted) {
        leave_line_locked(lock, &me);
    }
    pthread_cond_destroy(&me.turn);
    return rc;
}

int timed_acquire(struct timed_lock *lock, const struct timespec *deadline)
{
    int rc = 0;

    /* Nobody keeps this mutex for longer than a moment: it needs no limit. */
    pthread_mutex_lock(&lock->guard);
    if (lock->held) {
        rc = wait_in_line_locked(lock, deadline);
    }
    lock->held = true;
    pthread_mutex_unlock(&lock->guard);
    return rc;
}

void timed_release(struct timed_lock *lock)
{
    struct in_line *next;

    pthread_mutex_lock(&lock->guard);
    next = lock->first;
    if (next == NULL) {
        lock->held = false;
    } else { /* it stays held: it is next's now */
        lock->first = next->next;
        next->granted = true;
        pthread_cond_signal(&next->turn);
    }
    pthread_mutex_unlock(&lock->guard);
}

void timed_lock_destroy(struct timed_lock *lock)
{
    pthread_mutex_destroy(&lock->guard);
    free(lock);
}

static void *thread_main(void *arg)
{
    struct timed_thread *t = arg;
    void *result = t->fn(t->arg);

    pthread_mutex_lock(&t->lock);
    t->result = result;
    t->returned = true;
    /* All who join wait for the same: wake them all. */
    pthread_cond_broadcast(&t->ended);
    pthread_mutex_unlock(&t->lock);
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

    return t->returned;
}

int timed_join(struct timed_thread *t, const struct timespec *deadline,
               void **out_result)
{
    int rc;

    pthread_mutex_lock(&t->lock);
    rc = timed_wait(&t->ended, &t->lock, has_returned, t, deadline);
    if (rc == 0) {
        *out_result = t->result;
    }
    pthread_mutex_unlock(&t->lock);
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
