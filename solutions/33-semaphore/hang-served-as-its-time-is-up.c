/* SPDX-License-Identifier: MIT */
/* Wrong: waiters stand in line, and a release hands its units to the first.
 * Who is served in the moment its time is up says that it has timed out, and
 * keeps the unit that nobody knows of. */
#include "sema.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

/* In line for a unit. A release serves the first in line, so whoever is served
 * has its unit already. */
struct waiter {
    struct waiter *next;
    pthread_cond_t turn; /* signal: served */
    bool served;         /* off the line, and the unit is his */
};

struct sema {
    unsigned limit; /* constant after create */

    pthread_mutex_t lock; /* guards the rest, and the waiters */
    unsigned value;       /* 0 <= value <= limit; 0 if anyone is in line */
    struct waiter *line;
};

static struct sema *create(unsigned value, unsigned limit)
{
    struct sema *s = malloc(sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    s->line = NULL;
    s->limit = limit;
    s->value = value;
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

static struct waiter *join_line_locked(struct sema *s)
{
    struct waiter *w = calloc(1, sizeof(*w));
    struct waiter **link = &s->line;
    pthread_condattr_t attr;

    if (w == NULL) {
        abort(); /* an acquire cannot report that */
    }
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&w->turn, &attr);
    pthread_condattr_destroy(&attr);
    while (*link != NULL) {
        link = &(*link)->next;
    }
    *link = w;
    return w;
}

static void leave_line_locked(struct sema *s, struct waiter *w)
{
    struct waiter **link = &s->line;

    while (*link != w) {
        link = &(*link)->next;
    }
    *link = w->next;
}

struct sema *sema_create(unsigned value)
{
    return create(value, UINT_MAX);
}

struct sema *sema_create_bounded(unsigned value)
{
    return create(value, value);
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

/* Wait in line; for ever if there is no deadline. */
static int acquire(struct sema *s, const struct timespec *deadline)
{
    struct waiter *w = NULL;
    int rc = 0;

    pthread_mutex_lock(&s->lock);
    if (s->value > 0) {
        s->value--;
        goto out;
    }
    w = join_line_locked(s);
    while (!w->served && rc == 0) {
        rc = deadline == NULL
                 ? pthread_cond_wait(&w->turn, &s->lock)
                 : pthread_cond_timedwait(&w->turn, &s->lock, deadline);
    }
    if (!w->served) {
        leave_line_locked(s, w);
    }
    pthread_cond_destroy(&w->turn);
    free(w);
out:
    pthread_mutex_unlock(&s->lock);
    return rc;
}

void sema_acquire(struct sema *s)
{
    acquire(s, NULL);
}

int sema_timed_acquire(struct sema *s, unsigned timeout_ms)
{
    struct timespec deadline = from_now(timeout_ms);

    return acquire(s, &deadline);
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
        while (s->value > 0 && s->line != NULL) {
            struct waiter *first = s->line;

            s->line = first->next;
            s->value--;
            first->served = true;
            pthread_cond_signal(&first->turn);
        }
    }
    pthread_mutex_unlock(&s->lock);
    return rc;
}

void sema_destroy(struct sema *s)
{
    pthread_mutex_destroy(&s->lock);
    free(s);
}
