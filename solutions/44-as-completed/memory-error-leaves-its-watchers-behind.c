/* SPDX-License-Identifier: MIT */
/* Wrong: completed_destroy frees the collection with its watchers still on the
 * futures. If all are done, nothing happens. One that gets done later calls a
 * watcher that is not there any more. */
#include "completed.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

struct seat {
    struct watcher watcher; /* first, so that a watcher's address is its seat */
    struct completed *owner;
    struct future *future;
};

struct completed {
    size_t count;       /* constant after create */
    struct seat *seats; /* count of them; constant after create */

    pthread_mutex_t lock;   /* guards every field below */
    pthread_cond_t changed; /* broadcast: any of the counts */
    struct future **order;  /* the futures that are done, first one first */
    size_t done;            /* how many those are; <= count */
    size_t failed;          /* how many of those have failed */
    size_t given;           /* how many were given out; <= done */
};

/* A moment to wait for, or none. */
struct deadline {
    bool never;
    struct timespec at; /* on CLOCK_MONOTONIC */
};

static struct deadline deadline_in(long timeout_ms)
{
    struct deadline d = {.never = timeout_ms < 0};

    if (!d.never) {
        clock_gettime(CLOCK_MONOTONIC, &d.at);
        d.at.tv_sec += timeout_ms / 1000;
        d.at.tv_nsec += timeout_ms % 1000 * 1000000;
        if (d.at.tv_nsec >= 1000000000) {
            d.at.tv_sec++;
            d.at.tv_nsec -= 1000000000;
        }
    }
    return d;
}

/* Sleep until something changes, or for no reason. Returns false once the time
 * has passed. */
static bool sleep_locked(struct completed *c, const struct deadline *d)
{
    if (d->never) {
        return pthread_cond_wait(&c->changed, &c->lock) == 0;
    }
    return pthread_cond_timedwait(&c->changed, &c->lock, &d->at) == 0;
}

/* Called with the lock of the future held. There are many futures, so that
 * lock guards nothing of ours. */
static void note_done(struct watcher *w, struct future *f, int error)
{
    struct completed *c = ((struct seat *)w)->owner;

    pthread_mutex_lock(&c->lock);
    c->order[c->done] = f;
    c->done++;
    c->failed += error != 0;
    /* To all: the last one is for one of them, and tells the others that no
     * more will come. */
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

static void init_sync(struct completed *c)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->changed, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&c->lock, NULL);
}

struct completed *completed_create(struct future *const fs[], size_t count)
{
    struct completed *c = calloc(1, sizeof(*c));

    if (c == NULL) {
        return NULL;
    }
    c->count = count;
    c->seats = calloc(count + 1, sizeof(*c->seats)); /* one too many: not 0 */
    c->order = calloc(count + 1, sizeof(struct future *));
    if (c->seats == NULL || c->order == NULL) {
        free(c->order);
        free(c->seats);
        free(c);
        return NULL;
    }
    init_sync(c);
    for (size_t i = 0; i < count; i++) {
        c->seats[i] = (struct seat){
            .watcher = {.done = note_done}, .owner = c, .future = fs[i]};
    }
    /* All is set up: from the first watch on, other threads come in. */
    for (size_t i = 0; i < count; i++) {
        future_watch(fs[i], &c->seats[i].watcher);
    }
    return c;
}

int completed_next(struct completed *c, long timeout_ms,
                   struct future **out_future)
{
    const struct deadline deadline = deadline_in(timeout_ms);
    bool in_time = true;
    int rc = 0;

    pthread_mutex_lock(&c->lock);
    while (c->given == c->done && c->given < c->count && in_time) {
        in_time = sleep_locked(c, &deadline);
    }
    if (c->given < c->done) {
        *out_future = c->order[c->given];
        c->given++;
    } else {
        rc = c->given == c->count ? ENOENT : ETIMEDOUT;
    }
    pthread_mutex_unlock(&c->lock);
    return rc;
}

void completed_destroy(struct completed *c)
{
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    free(c->order);
    free(c->seats);
    free(c);
}

static bool reached_locked(const struct completed *c, enum completed_goal goal)
{
    return c->done == c->count || (goal == FIRST_COMPLETED && c->done > 0) ||
           (goal == FIRST_ERROR && c->failed > 0);
}

int completed_wait(struct future *const fs[], size_t count,
                   enum completed_goal goal, long timeout_ms)
{
    const struct deadline deadline = deadline_in(timeout_ms);
    struct completed *c = completed_create(fs, count);
    bool in_time = true;
    int rc = 0;

    if (c == NULL) {
        return ENOMEM;
    }
    pthread_mutex_lock(&c->lock);
    while (!reached_locked(c, goal) && in_time) {
        in_time = sleep_locked(c, &deadline);
    }
    rc = reached_locked(c, goal) ? 0 : ETIMEDOUT;
    pthread_mutex_unlock(&c->lock);
    completed_destroy(c);
    return rc;
}
