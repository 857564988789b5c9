/* SPDX-License-Identifier: MIT */
/* Wrong: the timed acquire tries, naps for a millisecond and tries again. The
 * answers are right; but a waiting thread should cost nothing, and learn of a
 * unit when it comes. */
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

    if (s == NULL) {
        return NULL;
    }
    s->limit = limit;
    s->value = value;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->released, NULL);
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

int sema_timed_acquire(struct sema *s, unsigned timeout_ms)
{
    const struct timespec nap = {.tv_nsec = 1000000};
    int rc = sema_try_acquire(s);

    for (unsigned i = 0; i < timeout_ms && rc != 0; i++) {
        nanosleep(&nap, NULL);
        rc = sema_try_acquire(s);
    }
    return rc == 0 ? 0 : ETIMEDOUT;
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
        s->value += n;
        if (n == 1) {
            pthread_cond_signal(&s->released);
        } else {
            pthread_cond_broadcast(&s->released);
        }
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
