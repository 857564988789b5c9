/* SPDX-License-Identifier: MIT */
/* Wrong: the state changes, the calls are made, and only then the waiters are
 * woken. Who waits sleeps on beside a future that is done; a call that needs
 * something from such a thread waits for ever. */
#include "future.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

enum state { PENDING, RUNNING, FINISHED, CANCELLED };

struct callback {
    void (*call)(struct future *f, void *arg);
    void *arg;
    struct callback *next;
};

struct future {
    int (*task)(void *arg, void **out_value); /* constant after create */
    void *arg;                                /* likewise */

    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t done;  /* broadcast: it is done, and the calls are made */
    enum state state;
    int error;              /* of a FINISHED task */
    void *value;            /* of a FINISHED task without error */
    struct callback *first; /* oldest first; empty once the state is done */
    struct callback **end;  /* where the next is to be hung */
};

struct future *future_create(int (*task)(void *arg, void **out_value),
                             void *arg)
{
    struct future *f = calloc(1, sizeof(*f));

    if (f == NULL) {
        return NULL;
    }
    f->task = task;
    f->arg = arg;
    f->state = PENDING;
    f->end = &f->first;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->done, NULL);
    return f;
}

static bool done_locked(const struct future *f)
{
    return f->state == FINISHED || f->state == CANCELLED;
}

/* Make the future done. Returns the calls that are now to be made. */
static struct callback *settle_locked(struct future *f, enum state state)
{
    struct callback *calls = f->first;

    f->state = state;
    f->first = NULL;
    f->end = &f->first;
    return calls;
}

/* Make the calls, oldest first. Not under the lock: they may call us. */
static void make_calls(struct future *f, struct callback *calls)
{
    while (calls != NULL) {
        struct callback *next = calls->next;

        calls->call(f, calls->arg);
        free(calls);
        calls = next;
    }
}

/* The calls were made: wake those who wait. */
static void wake_all(struct future *f)
{
    pthread_mutex_lock(&f->lock);
    pthread_cond_broadcast(&f->done);
    pthread_mutex_unlock(&f->lock);
}

bool future_run(struct future *f)
{
    struct callback *calls = NULL;
    void *value = NULL;
    bool mine = false;
    int error = 0;

    pthread_mutex_lock(&f->lock);
    if (f->state == PENDING) {
        f->state = RUNNING;
        mine = true;
    }
    pthread_mutex_unlock(&f->lock);
    if (!mine) {
        return false;
    }
    error = f->task(f->arg, &value);
    pthread_mutex_lock(&f->lock);
    f->error = error;
    f->value = value;
    calls = settle_locked(f, FINISHED);
    pthread_mutex_unlock(&f->lock);
    make_calls(f, calls);
    wake_all(f);
    return true;
}

bool future_cancel(struct future *f)
{
    struct callback *calls = NULL;
    bool cancelled = false;

    pthread_mutex_lock(&f->lock);
    if (f->state == PENDING) {
        calls = settle_locked(f, CANCELLED);
    }
    cancelled = f->state == CANCELLED;
    pthread_mutex_unlock(&f->lock);
    make_calls(f, calls);
    wake_all(f);
    return cancelled;
}

bool future_done(struct future *f)
{
    bool done = false;

    pthread_mutex_lock(&f->lock);
    done = done_locked(f);
    pthread_mutex_unlock(&f->lock);
    return done;
}

int future_result(struct future *f, void **out_value)
{
    int rc = 0;

    pthread_mutex_lock(&f->lock);
    while (!done_locked(f)) {
        pthread_cond_wait(&f->done, &f->lock);
    }
    rc = f->state == CANCELLED ? ECANCELED : f->error;
    if (rc == 0) {
        *out_value = f->value;
    }
    pthread_mutex_unlock(&f->lock);
    return rc;
}

int future_on_done(struct future *f, void (*call)(struct future *f, void *arg),
                   void *arg)
{
    struct callback *c = malloc(sizeof(*c));
    bool done = false;

    if (c == NULL) {
        return ENOMEM;
    }
    *c = (struct callback){.call = call, .arg = arg, .next = NULL};
    pthread_mutex_lock(&f->lock);
    /* Look and append in one step: whoever makes the future done either finds
     * this call in the list, or has been seen here. */
    done = done_locked(f);
    if (!done) {
        *f->end = c;
        f->end = &c->next;
    }
    pthread_mutex_unlock(&f->lock);
    if (done) {
        make_calls(f, c);
    }
    return 0;
}

void future_destroy(struct future *f)
{
    while (f->first != NULL) { /* it never got done */
        struct callback *c = f->first;

        f->first = c->next;
        free(c);
    }
    pthread_cond_destroy(&f->done);
    pthread_mutex_destroy(&f->lock);
    free(f);
}
