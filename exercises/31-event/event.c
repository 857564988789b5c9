/* SPDX-License-Identifier: MIT */
/* event.c - a flag that threads can wait for. Your work; see event.h. */
#include "event.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct event {
    bool set; /* TODO: what guards it, and what do waiters sleep on? */
};

/* TODO: allocate the event and set up every field. Mind the clock that timed
 * waits are to use: pthread_condattr_setclock. */
struct event *event_create(void)
{
    return NULL;
}

/* TODO: set the flag, then wake everyone who waits for it. */
void event_set(struct event *e)
{
    (void)e;
}

/* TODO: take the flag back. */
void event_clear(struct event *e)
{
    (void)e;
}

/* TODO: read the flag. Reading shared data needs as much care as writing. */
bool event_is_set(struct event *e)
{
    (void)e;
    return false;
}

/* TODO: sleep until the flag is set. */
void event_wait(struct event *e)
{
    (void)e;
}

/* TODO: as event_wait, with a deadline. */
int event_timedwait(struct event *e, unsigned timeout_ms)
{
    (void)e;
    (void)timeout_ms;
    return ENOSYS;
}

/* TODO: give back all that event_create took. */
void event_destroy(struct event *e)
{
    (void)e;
}
