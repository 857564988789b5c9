/* SPDX-License-Identifier: MIT */
/* sema.c - a semaphore: a number of units, which threads take and give back.
 *
 * Exercise 33: your file. sema.h says what each function promises. */
#include "sema.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct sema {
    unsigned value; /* TODO: the rest, and say what guards it */
};

struct sema *sema_create(unsigned value)
{
    /* TODO: allocate; set up every field. Which clock does a wait use? */
    (void)value;
    return NULL;
}

struct sema *sema_create_bounded(unsigned value)
{
    /* TODO: the same with a limit. */
    (void)value;
    return NULL;
}

void sema_acquire(struct sema *s)
{
    /* TODO: sleep while there is no unit, then take one. */
    (void)s;
}

int sema_try_acquire(struct sema *s)
{
    /* TODO: look and take, in one step. */
    (void)s;
    return ENOSYS;
}

int sema_timed_acquire(struct sema *s, unsigned timeout_ms)
{
    /* TODO: work out the deadline once; sleep until a unit or the deadline. */
    (void)s;
    (void)timeout_ms;
    return ENOSYS;
}

int sema_release(struct sema *s, unsigned n)
{
    /* TODO: refuse too many; add; wake enough, but whom? */
    (void)s;
    (void)n;
    return ENOSYS;
}

void sema_destroy(struct sema *s)
{
    /* TODO: give back all that create took. */
    (void)s;
}
