/* SPDX-License-Identifier: MIT */
/* guard.c - a lock that is held by a function, not between two calls.
 *
 * Exercise 22: your file. guard.h says what each function promises. */
#include "guard.h"

#include <pthread.h>
#include <stdlib.h>

struct guard {
    size_t inside; /* TODO: the lock, and where sleepers sleep */
};

struct guard *guard_create(void)
{
    /* TODO: allocate it and set it up. */
    return NULL;
}

int guard_with(struct guard *g, int (*body)(void *arg), void *arg)
{
    /* TODO: lock, count, call, count, unlock. And if body never returns? */
    (void)g;
    (void)body;
    (void)arg;
    return -1;
}

void guard_wait(struct guard *g, bool (*ready)(void *arg), void *arg)
{
    /* TODO: who holds the lock when a sleeper is cancelled? */
    (void)g;
    (void)ready;
    (void)arg;
}

void guard_notify(struct guard *g)
{
    /* TODO: to one, or to all? */
    (void)g;
}

size_t guard_inside(struct guard *g)
{
    /* TODO: even one number is read under its lock. */
    (void)g;
    return 0;
}

void guard_destroy(struct guard *g)
{
    /* TODO: give back whatever guard_create took. */
    (void)g;
}
