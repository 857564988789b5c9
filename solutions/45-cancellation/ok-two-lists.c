/* SPDX-License-Identifier: MIT */
/* Right: hooks move from a list of those that wait to one of those that were
 * called, and each knows its state. Who takes a hook down from inside its call
 * leaves word with the thread that makes it. Sleepers and those who take hooks
 * down have condition variables of their own. */
#include "stop.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "future.h"

struct stop_hook {
    void (*call)(void *arg);
    void *arg;
    enum { WAITING, CALLING, CALLED } state; /* guarded by the token's lock */
    bool *gone; /* of who makes the call: set by an unhook from inside */
    struct stop_hook *next; /* all three guarded likewise */
};

struct stop {
    pthread_mutex_t lock;     /* guards every field below, and the hooks */
    pthread_cond_t asked;     /* broadcast: requested */
    pthread_cond_t call_over; /* broadcast: a CALLING hook got CALLED */
    bool requested;           /* goes true once, never back */
    pthread_t caller;         /* makes the calls, once requested */
    struct stop_hook *waiting;
    struct stop_hook *called; /* or being called */
};

struct stop *stop_create(void)
{
    struct stop *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    pthread_cond_init(&s->asked, NULL);
    pthread_cond_init(&s->call_over, NULL);
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

static void push(struct stop_hook **list, struct stop_hook *hook)
{
    hook->next = *list;
    *list = hook;
}

static void make_call_locked(struct stop *s, struct stop_hook *hook)
{
    bool gone = false;

    hook->state = CALLING;
    hook->gone = &gone;
    pthread_mutex_unlock(&s->lock);
    hook->call(hook->arg);
    pthread_mutex_lock(&s->lock);
    if (!gone) {
        hook->state = CALLED;
        pthread_cond_broadcast(&s->call_over);
    }
}

bool stop_request(struct stop *s)
{
    bool first = false;

    pthread_mutex_lock(&s->lock);
    first = !s->requested;
    if (first) {
        s->requested = true;
        s->caller = pthread_self();
        pthread_cond_broadcast(&s->asked);
        while (s->waiting != NULL) {
            struct stop_hook *hook = s->waiting;

            s->waiting = hook->next;
            push(&s->called, hook);
            make_call_locked(s, hook);
        }
    }
    pthread_mutex_unlock(&s->lock);
    return first;
}

bool stop_requested(struct stop *s)
{
    bool requested = false;

    pthread_mutex_lock(&s->lock);
    requested = s->requested;
    pthread_mutex_unlock(&s->lock);
    return requested;
}

static struct timespec moment_after(unsigned ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += (long)(ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

int stop_sleep(struct stop *s, unsigned ms)
{
    struct timespec end = moment_after(ms);
    bool requested = false;
    int rc = 0;

    pthread_mutex_lock(&s->lock);
    while (!s->requested && rc != ETIMEDOUT) {
        rc = pthread_cond_clockwait(&s->asked, &s->lock, CLOCK_MONOTONIC, &end);
    }
    requested = s->requested;
    pthread_mutex_unlock(&s->lock);
    return requested ? ECANCELED : 0;
}

struct stop_hook *stop_hook(struct stop *s, void (*call)(void *arg), void *arg)
{
    struct stop_hook *hook = malloc(sizeof(*hook));
    bool late = false;

    if (hook == NULL) {
        return NULL;
    }
    *hook = (struct stop_hook){.call = call, .arg = arg};
    pthread_mutex_lock(&s->lock);
    late = s->requested;
    push(late ? &s->called : &s->waiting, hook);
    hook->state = late ? CALLED : WAITING;
    pthread_mutex_unlock(&s->lock);
    if (late) {
        call(arg);
    }
    return hook;
}

static bool remove_from(struct stop_hook **list, struct stop_hook *hook)
{
    while (*list != NULL && *list != hook) {
        list = &(*list)->next;
    }
    if (*list == NULL) {
        return false;
    }
    *list = hook->next;
    return true;
}

void stop_unhook(struct stop *s, struct stop_hook *hook)
{
    pthread_mutex_lock(&s->lock);
    if (hook->state == CALLING && pthread_equal(s->caller, pthread_self())) {
        *hook->gone = true; /* we are inside its call */
    } else {
        while (hook->state == CALLING) {
            pthread_cond_wait(&s->call_over, &s->lock);
        }
    }
    if (!remove_from(&s->waiting, hook)) {
        remove_from(&s->called, hook);
    }
    pthread_mutex_unlock(&s->lock);
    free(hook);
}

int stop_future(struct stop *s, struct future *f, void **out_value)
{
    /* A task that has begun hears of it from the token, one that has not will
     * never begin. */
    stop_request(s);
    future_cancel(f);
    return future_result(f, out_value);
}

static void free_list(struct stop_hook *hook)
{
    while (hook != NULL) {
        struct stop_hook *next = hook->next;

        free(hook);
        hook = next;
    }
}

void stop_destroy(struct stop *s)
{
    free_list(s->waiting);
    free_list(s->called);
    pthread_cond_destroy(&s->call_over);
    pthread_cond_destroy(&s->asked);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
