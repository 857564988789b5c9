/* SPDX-License-Identifier: MIT */
/* stop.c - a token that asks threads to stop. Your work; see stop.h. */
#include "stop.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "future.h"

struct stop {
    bool requested; /* TODO: the rest, and say which lock guards what */
};

struct stop_hook {
    void (*call)(void *arg); /* TODO: the rest */
};

/* TODO: a token that has not been asked. Mind the clock of its condition. */
struct stop *stop_create(void)
{
    return NULL;
}

/* TODO: be the first, wake the sleepers, make the calls. Which of the three
 * with the lock held? */
bool stop_request(struct stop *s)
{
    (void)s;
    return false;
}

/* TODO: reading shared data needs a lock like writing it. */
bool stop_requested(struct stop *s)
{
    (void)s;
    return false;
}

/* TODO: sleep until the moment, or until somebody asks. */
int stop_sleep(struct stop *s, unsigned ms)
{
    (void)s;
    (void)ms;
    return ENOSYS;
}

/* TODO: hang it up, or make the call if the token has been asked. */
struct stop_hook *stop_hook(struct stop *s, void (*call)(void *arg), void *arg)
{
    (void)s;
    (void)call;
    (void)arg;
    return NULL;
}

/* TODO: afterwards its call neither runs nor will. */
void stop_unhook(struct stop *s, struct stop_hook *hook)
{
    (void)s;
    (void)hook;
}

/* TODO: not begun, running, over: all three have to end. */
int stop_future(struct stop *s, struct future *f, void **out_value)
{
    (void)s;
    (void)f;
    (void)out_value;
    return ENOSYS;
}

/* TODO: give back all there is, hooks included. */
void stop_destroy(struct stop *s)
{
    (void)s;
}
