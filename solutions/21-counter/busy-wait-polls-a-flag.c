/* SPDX-License-Identifier: MIT */
/* Wrong: a flag says that somebody is inside, and whoever finds it set naps
 * and looks again; the mutex itself would have put it to sleep and woken it;
 * every answer is right, so no test complains. */
#include "counter.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct counter {
    pthread_mutex_t lock; /* guards busy */
    bool busy;            /* somebody is inside, and may touch value */
    long value;
};

static void enter(struct counter *c)
{
    pthread_mutex_lock(&c->lock);
    while (c->busy) {
        pthread_mutex_unlock(&c->lock);
        usleep(10);
        pthread_mutex_lock(&c->lock);
    }
    c->busy = true;
    pthread_mutex_unlock(&c->lock);
}

static void leave(struct counter *c)
{
    pthread_mutex_lock(&c->lock);
    c->busy = false;
    pthread_mutex_unlock(&c->lock);
}

struct counter *counter_create(long start)
{
    struct counter *c = malloc(sizeof *c);

    if (c == NULL) {
        return NULL;
    }
    pthread_mutex_init(&c->lock, NULL);
    c->busy = false;
    c->value = start;
    return c;
}

long counter_add(struct counter *c, long delta)
{
    long now;

    enter(c);
    c->value += delta;
    now = c->value;
    leave(c);
    return now;
}

bool counter_add_within(struct counter *c, long delta, long limit)
{
    bool fits;

    enter(c);
    fits = c->value + delta <= limit;
    if (fits) {
        c->value += delta;
    }
    leave(c);
    return fits;
}

long counter_get(struct counter *c)
{
    long now;

    enter(c);
    now = c->value;
    leave(c);
    return now;
}

void counter_destroy(struct counter *c)
{
    pthread_mutex_destroy(&c->lock);
    free(c);
}
