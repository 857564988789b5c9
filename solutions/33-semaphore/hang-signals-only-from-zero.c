/* SPDX-License-Identifier: MIT */
/* Wrong: signals only if there was no unit before, "else nobody can be
 * asleep". But the thread that was woken for the first unit may not have taken
 * it yet when the second one comes; then the second sleeper stays asleep. */
#include "sema.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct sema {
    unsigned limit; /* constant after create */

    pthread_mutex_t lock;    /* guards value */
    pthread_cond_t released; /* signal: one unit came; broadcast: several */
    unsigned value;          /* 0 <= value <= limit */
};

static struct sema *create(unsigned value, unsigned limit)
{
    struct sema *s = malloc(sizeof(*s));
    pthread_condattr_t attr;

    if (s == NULL) {
        return NULL;
    }
    s->limit = limit;
    s->value = value;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->released, &attr);
    pthread_condattr_destroy(&attr);
    return s;
}

struct sema *sema_create(unsigned value)
{
    return create(value, UINT_MAX);
}

struct sema *sema_create_bounded(unsigned value)
{
    return create(value, value);
}

void sema_acquire(struct sema *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->value == 0) {
        pthread_cond_wait(&s->released, &s->lock);
    }
    s->value--;
    pthread_mutex_unlock(&s->lock);
}

int sema_try_acquire(struct sema *s)
{
    int rc = EAGAIN;

    pthread_mutex_lock(&s->lock);
    if (s->value > 0) {
        s->value--;
        rc = 0;
    }
    pthread_mutex_unlock(&s->lock);
    return rc;
}

static struct timespec from_now(unsigned timeout_ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += timeout_ms / 1000;
    t.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    return t;
}

int sema_timed_acquire(struct sema *s, unsigned timeout_ms)
{
    struct timespec deadline = from_now(timeout_ms);
    int rc = 0;

    pthread_mutex_lock(&s->lock);
    while (s->value == 0 && rc == 0) {
        rc = pthread_cond_timedwait(&s->released, &s->lock, &deadline);
    }
    /* A unit that came in the last moment is better than a refusal. */
    if (s->value > 0) {
        s->value--;
        rc = 0;
    }
    pthread_mutex_unlock(&s->lock);
    return rc;
}

int sema_release(struct sema *s, unsigned n)
{
    int rc = 0;

    if (n == 0) {
        return EINVAL;
    }
    pthread_mutex_lock(&s->lock);
    if (n > s->limit - s->value) { /* not value + n, which may wrap round */
        rc = EOVERFLOW;
    } else {
        if (s->value == 0) {
            if (n == 1) {
                pthread_cond_signal(&s->released);
            } else {
                pthread_cond_broadcast(&s->released);
            }
        }
        s->value += n;
    }
    pthread_mutex_unlock(&s->lock);
    return rc;
}

void sema_destroy(struct sema *s)
{
    pthread_cond_destroy(&s->released);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
