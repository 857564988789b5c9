/* SPDX-License-Identifier: MIT */
/* Right: who may run the task is settled under one mutex, the outcome and the
 * calls are guarded by another. Only a cancel holds both, for it is to be one
 * step. The calls are kept in an array that grows. */
#include "future.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

enum outcome { NONE, FINISHED, CANCELLED };

struct callback {
    void (*call)(struct future *f, void *arg);
    void *arg;
};

struct future {
    int (*task)(void *arg, void **out_value); /* constant after create */
    void *arg;                                /* likewise */

    /* Lock order: claim, lock. */
    pthread_mutex_t claim; /* guards claimed and cancelled */
    bool claimed;   /* somebody has run or cancelled it, or is about to */
    bool cancelled; /* and it was a cancel */

    pthread_mutex_t lock; /* guards every field below */
    pthread_cond_t done;  /* broadcast: outcome is not NONE any more */
    enum outcome outcome;
    int error;              /* of a FINISHED task */
    void *value;            /* of a FINISHED task without error */
    struct callback *calls; /* count of them, none once it is done */
    size_t count;
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
    pthread_mutex_init(&f->claim, NULL);
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->done, NULL);
    return f;
}

struct batch {
    struct callback *calls;
    size_t count;
};

/* Make the future done. Returns the calls that are now to be made. */
static struct batch settle(struct future *f, enum outcome outcome, int error,
                           void *value)
{
    struct batch batch = {NULL, 0};

    pthread_mutex_lock(&f->lock);
    f->outcome = outcome;
    f->error = error;
    f->value = value;
    batch = (struct batch){f->calls, f->count};
    f->calls = NULL;
    f->count = 0;
    pthread_cond_broadcast(&f->done);
    pthread_mutex_unlock(&f->lock);
    return batch;
}

/* Make the calls, oldest first. Not under a lock: they may call us. */
static void make_calls(struct future *f, struct batch batch)
{
    for (size_t i = 0; i < batch.count; i++) {
        batch.calls[i].call(f, batch.calls[i].arg);
    }
    free(batch.calls);
}

bool future_run(struct future *f)
{
    void *value = NULL;
    bool mine = false;
    int error = 0;

    pthread_mutex_lock(&f->claim);
    mine = !f->claimed;
    f->claimed = true;
    pthread_mutex_unlock(&f->claim);
    if (mine) {
        error = f->task(f->arg, &value);
        make_calls(f, settle(f, FINISHED, error, value));
    }
    return mine;
}

bool future_cancel(struct future *f)
{
    struct batch batch = {NULL, 0};
    bool cancelled = false;

    pthread_mutex_lock(&f->claim);
    if (!f->claimed) {
        f->claimed = true;
        f->cancelled = true;
        batch = settle(f, CANCELLED, ECANCELED, NULL);
    }
    cancelled = f->cancelled;
    pthread_mutex_unlock(&f->claim);
    make_calls(f, batch);
    return cancelled;
}

bool future_done(struct future *f)
{
    bool done = false;

    pthread_mutex_lock(&f->lock);
    done = f->outcome != NONE;
    pthread_mutex_unlock(&f->lock);
    return done;
}

int future_result(struct future *f, void **out_value)
{
    int rc = 0;

    pthread_mutex_lock(&f->lock);
    while (f->outcome == NONE) {
        pthread_cond_wait(&f->done, &f->lock);
    }
    rc = f->error;
    if (rc == 0) {
        *out_value = f->value;
    }
    pthread_mutex_unlock(&f->lock);
    return rc;
}

int future_on_done(struct future *f, void (*call)(struct future *f, void *arg),
                   void *arg)
{
    struct callback *grown = NULL;
    bool done = false;
    int rc = 0;

    pthread_mutex_lock(&f->lock);
    done = f->outcome != NONE;
    if (!done) {
        grown = realloc(f->calls, (f->count + 1) * sizeof(*grown));
        if (grown != NULL) {
            grown[f->count] = (struct callback){.call = call, .arg = arg};
            f->calls = grown;
            f->count++;
        } else {
            rc = ENOMEM;
        }
    }
    pthread_mutex_unlock(&f->lock);
    if (done) {
        call(f, arg);
    }
    return rc;
}

void future_destroy(struct future *f)
{
    free(f->calls); /* those of a future that never got done */
    pthread_cond_destroy(&f->done);
    pthread_mutex_destroy(&f->lock);
    pthread_mutex_destroy(&f->claim);
    free(f);
}
