/* SPDX-License-Identifier: MIT */
/* Wrong: the calls are made with the mutex held, so that no hook can go away
 * meanwhile, and stop_unhook need not wait. Calls that touch nothing but their
 * own argument work. One that looks at the token waits for its own thread, and
 * so does one that takes a lock whose owner is just using the token. */
#include "stop.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "future.h"

struct stop_hook {
    void (*call)(void *arg);
    void *arg;
    bool called; /* its call has begun; guarded by the lock of the token */
    struct stop_hook *next; /* likewise */
};

struct stop {
    pthread_mutex_t lock;   /* guards every field below */
    pthread_cond_t changed; /* broadcast: requested, or running has changed */
    bool requested;         /* goes true once, never back */
    pthread_t caller;       /* makes the calls, once requested */
    struct stop_hook *running; /* whose call it is making; NULL: none */
    struct stop_hook *first;   /* all hooks that are not taken down */
};

struct stop *stop_create(void)
{
    struct stop *s = calloc(1, sizeof(*s));
    pthread_condattr_t attr;

    if (s == NULL) {
        return NULL;
    }
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

static struct stop_hook *next_call_locked(struct stop *s)
{
    struct stop_hook *hook = s->first;

    while (hook != NULL && hook->called) {
        hook = hook->next;
    }
    return hook;
}

static void make_calls_locked(struct stop *s)
{
    struct stop_hook *hook = NULL;

    /* From the start each time: the list changes while a call is made. */
    while ((hook = next_call_locked(s)) != NULL) {
        void (*call)(void *arg) = hook->call;
        void *arg = hook->arg;

        hook->called = true;
        s->running = hook;
        call(arg);
        s->running = NULL;
        pthread_cond_broadcast(&s->changed);
    }
}

bool stop_request(struct stop *s)
{
    bool first = false;

    pthread_mutex_lock(&s->lock);
    if (!s->requested) {
        first = true;
        s->requested = true;
        s->caller = pthread_self();
        pthread_cond_broadcast(&s->changed);
        make_calls_locked(s);
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
        rc = pthread_cond_timedwait(&s->changed, &s->lock, &end);
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
    /* Look and hang up in one step: whoever asks either finds this hook, or
     * has been seen here. */
    late = s->requested;
    hook->called = late;
    hook->next = s->first;
    s->first = hook;
    pthread_mutex_unlock(&s->lock);
    if (late) {
        call(arg); /* nobody else knows the hook yet */
    }
    return hook;
}

void stop_unhook(struct stop *s, struct stop_hook *hook)
{
    struct stop_hook **link = NULL;

    pthread_mutex_lock(&s->lock);
    while (s->running == hook && !pthread_equal(s->caller, pthread_self())) {
        pthread_cond_wait(&s->changed, &s->lock);
    }
    if (s->running == hook) {
        s->running = NULL; /* its address may soon be that of another hook */
    }
    for (link = &s->first; *link != hook; link = &(*link)->next) {
    }
    *link = hook->next;
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

void stop_destroy(struct stop *s)
{
    while (s->first != NULL) {
        struct stop_hook *hook = s->first;

        s->first = hook->next;
        free(hook);
    }
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
