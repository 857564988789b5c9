/* SPDX-License-Identifier: MIT */
/* Wrong: a stranger that is refused frees its state and counts itself out, but
 * under the key there is still where the state was. Its next call believes that
 * it is away, and looks into freed memory. Most threads that are refused go
 * home, and make no next call. */
#include "interp.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "gil.h"

struct state {
    bool inside; /* its thread holds the lock; used by that thread only */
};

struct interp {
    struct gil gil;
    pthread_key_t key; /* each thread's state */

    pthread_mutex_t lock; /* guards states */
    pthread_cond_t left;  /* signal: states fell */
    size_t states;
};

/* Make a state for the calling thread, which is a stranger.
 * Returns it, or NULL if there is no memory. */
static struct state *attach(struct interp *in)
{
    struct state *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    if (pthread_setspecific(in->key, s) != 0) {
        free(s);
        return NULL;
    }
    pthread_mutex_lock(&in->lock);
    in->states++;
    pthread_mutex_unlock(&in->lock);
    return s;
}

/* To count a thread out is the last that it does here: then the interpreter may
 * go. */
static void count_out(struct interp *in, struct state *s)
{
    free(s);
    pthread_mutex_lock(&in->lock);
    in->states--;
    pthread_cond_signal(&in->left); /* only the main thread sleeps there */
    pthread_mutex_unlock(&in->lock);
}

/* The calling thread is a stranger again. */
static void detach(struct interp *in, struct state *s)
{
    pthread_setspecific(in->key, NULL);
    count_out(in, s);
}

static int enter(struct interp *in, struct state *s)
{
    int rc = gil_take(&in->gil);

    s->inside = rc == 0;
    return rc;
}

static void leave(struct interp *in, struct state *s)
{
    if (s->inside) {
        s->inside = false;
        gil_drop(&in->gil);
    }
}

struct interp *interp_create(void)
{
    struct interp *in = calloc(1, sizeof(*in));
    struct state *s = NULL;

    if (in == NULL) {
        return NULL;
    }
    if (pthread_key_create(&in->key, NULL) != 0) {
        free(in);
        return NULL;
    }
    gil_init(&in->gil);
    pthread_mutex_init(&in->lock, NULL);
    pthread_cond_init(&in->left, NULL);
    s = attach(in);
    if (s == NULL) {
        interp_destroy(in);
        return NULL;
    }
    enter(in, s);
    return in;
}

int state_ensure(struct interp *in, enum state_was *out_was)
{
    struct state *s = pthread_getspecific(in->key);
    enum state_was was = WAS_AWAY;
    int rc = 0;

    if (s == NULL) {
        was = WAS_STRANGER;
        s = attach(in);
        if (s == NULL) {
            return ENOMEM;
        }
    } else if (s->inside) {
        *out_was = WAS_INSIDE;
        return 0;
    }
    rc = enter(in, s);
    if (rc == 0) {
        *out_was = was;
    } else if (was == WAS_STRANGER) {
        count_out(in, s);
    }
    return rc;
}

void state_release(struct interp *in, enum state_was was)
{
    struct state *s = pthread_getspecific(in->key);

    if (was != WAS_INSIDE) {
        leave(in, s);
    }
    if (was == WAS_STRANGER) {
        detach(in, s);
    }
}

struct state *state_save(struct interp *in)
{
    struct state *s = pthread_getspecific(in->key);

    leave(in, s);
    return s;
}

int state_restore(struct interp *in, struct state *s)
{
    return enter(in, s);
}

struct state *state_current(struct interp *in)
{
    struct state *s = pthread_getspecific(in->key);

    return s != NULL && s->inside ? s : NULL;
}

size_t interp_threads(struct interp *in)
{
    size_t states = 0;

    pthread_mutex_lock(&in->lock);
    states = in->states;
    pthread_mutex_unlock(&in->lock);
    return states;
}

void interp_finish(struct interp *in)
{
    struct state *s = pthread_getspecific(in->key);

    gil_close(&in->gil);
    s->inside = false;
    pthread_mutex_lock(&in->lock);
    while (in->states > 1) {
        pthread_cond_wait(&in->left, &in->lock);
    }
    pthread_mutex_unlock(&in->lock);
    detach(in, s);
}

void interp_destroy(struct interp *in)
{
    pthread_cond_destroy(&in->left);
    pthread_mutex_destroy(&in->lock);
    gil_exit(&in->gil);
    pthread_key_delete(in->key);
    free(in);
}
