/* SPDX-License-Identifier: MIT */
/* Right: a semaphore of one token is a lock too; whoever has the token may
 * touch the value. */
#include "counter.h"

#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>

struct counter {
    sem_t token; /* one token: whoever took it may touch value */
    long value;
};

/* Take the token, sleeping until there is one; a signal is no token. */
static void take(struct counter *c)
{
    while (sem_wait(&c->token) != 0 && errno == EINTR) {
        continue;
    }
}

struct counter *counter_create(long start)
{
    struct counter *c = malloc(sizeof *c);

    if (c == NULL) {
        return NULL;
    }
    sem_init(&c->token, 0, 1);
    c->value = start;
    return c;
}

long counter_add(struct counter *c, long delta)
{
    long now;

    take(c);
    c->value += delta;
    now = c->value;
    sem_post(&c->token);
    return now;
}

bool counter_add_within(struct counter *c, long delta, long limit)
{
    bool fits;

    take(c);
    fits = c->value + delta <= limit;
    if (fits) {
        c->value += delta;
    }
    sem_post(&c->token);
    return fits;
}

long counter_get(struct counter *c)
{
    long now;

    take(c);
    now = c->value;
    sem_post(&c->token);
    return now;
}

void counter_destroy(struct counter *c)
{
    sem_destroy(&c->token);
    free(c);
}
