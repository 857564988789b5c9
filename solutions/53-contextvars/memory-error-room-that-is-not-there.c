/* SPDX-License-Identifier: MIT */
/* Wrong: the array grows in steps, so there may be room in it, and how much is
 * copied with the rest. But the copy's array has been made as large as needed,
 * not as large as that. Nothing happens until something new is set in it. */
#include "context.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    struct ctxvar *var;
    void *value;
};

struct context {
    pthread_mutex_t lock; /* guards entered */
    bool entered;         /* some thread is in it */

    struct pair *pairs; /* for the thread that is in it */
    size_t count;
    size_t room; /* how many there may be before the array has to grow */
};

static _Thread_local struct context *current; /* NULL: nothing was ever set */

/* Its value is the thread's own context. */
static pthread_key_t own;
static int own_error; /* of pthread_key_create */
static pthread_once_t own_once = PTHREAD_ONCE_INIT;

/* At the end of a thread: all others are left by now. */
static void end_own(void *context)
{
    current = NULL;
    context_destroy(context);
}

static void make_key(void)
{
    own_error = pthread_key_create(&own, end_own);
}

/* A new context with the pairs of `model`, which may be NULL. */
static struct context *copy_of(const struct context *model)
{
    struct context *c = calloc(1, sizeof(*c));

    if (c == NULL) {
        return NULL;
    }
    if (model != NULL && model->count > 0) {
        c->pairs = malloc(model->count * sizeof(*c->pairs));
        if (c->pairs == NULL) {
            free(c);
            return NULL;
        }
        memcpy(c->pairs, model->pairs, model->count * sizeof(*c->pairs));
        c->count = model->count;
        c->room = model->room;
    }
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

/* See to it that there is a current context. Returns it, or NULL. */
static struct context *need_current(void)
{
    struct context *c = NULL;

    if (current == NULL) {
        pthread_once(&own_once, make_key);
        c = own_error == 0 ? copy_of(NULL) : NULL;
        if (c != NULL && pthread_setspecific(own, c) != 0) {
            context_destroy(c);
            c = NULL;
        }
        current = c;
    }
    return current;
}

static struct pair *find(const struct context *c, const struct ctxvar *var)
{
    for (size_t i = 0; c != NULL && i < c->count; i++) {
        if (c->pairs[i].var == var) {
            return &c->pairs[i];
        }
    }
    return NULL;
}

void *ctxvar_get(struct ctxvar *var)
{
    struct pair *p = find(current, var);

    return p != NULL ? p->value : var->fallback;
}

/* See to it that there is room for one more. Returns false if there is no
 * memory. */
static bool need_room(struct context *c)
{
    size_t room = c->room + c->room / 2 + 2;
    struct pair *more = NULL;

    if (c->count < c->room) {
        return true;
    }
    more = realloc(c->pairs, room * sizeof(*more));
    if (more == NULL) {
        return false;
    }
    c->pairs = more;
    c->room = room;
    return true;
}

int ctxvar_set(struct ctxvar *var, void *value, struct ctxtoken *token)
{
    struct context *c = need_current();
    struct pair *p = find(c, var);

    if (c == NULL) {
        return ENOMEM;
    }
    if (p == NULL) {
        if (!need_room(c)) {
            return ENOMEM;
        }
        p = &c->pairs[c->count++];
        *p = (struct pair){.var = var, .value = var->fallback};
    }
    if (token != NULL) {
        token->var = var;
        token->context = c;
        token->before = p->value;
    }
    p->value = value;
    return 0;
}

int ctxvar_reset(struct ctxtoken *token)
{
    if (token->var == NULL || token->context != current) {
        return EINVAL;
    }
    /* It was set here, so there is a pair. */
    find(current, token->var)->value = token->before;
    token->var = NULL;
    return 0;
}

struct context *context_copy(void)
{
    return copy_of(current);
}

/* A thread in a context, and where it came from. */
struct stay {
    struct context *context;
    struct context *before;
};

static void leave(void *arg)
{
    struct stay *s = arg;

    current = s->before;
    pthread_mutex_lock(&s->context->lock);
    s->context->entered = false;
    pthread_mutex_unlock(&s->context->lock);
}

int context_run(struct context *c, void (*run)(void *arg), void *arg)
{
    struct stay stay = {.context = c, .before = current};
    bool busy = false;

    pthread_mutex_lock(&c->lock);
    busy = c->entered;
    c->entered = true;
    pthread_mutex_unlock(&c->lock);
    if (busy) {
        return EBUSY;
    }
    current = c;
    pthread_cleanup_push(leave, &stay); /* also if run never returns */
    run(arg);
    pthread_cleanup_pop(1);
    return 0;
}

/* What a spawned thread is to do, and where. */
struct start {
    void *(*main)(void *arg);
    void *arg;
    struct context *context; /* nobody else has it */
};

static void end_start(void *arg)
{
    struct start *s = arg;

    current = NULL;
    context_destroy(s->context);
    free(s);
}

static void *spawned_main(void *arg)
{
    struct start *s = arg;
    void *result = NULL;

    current = s->context;
    pthread_cleanup_push(end_start, s);
    result = s->main(s->arg);
    pthread_cleanup_pop(1);
    return result;
}

int context_spawn(pthread_t *out_thread, void *(*main)(void *arg), void *arg)
{
    struct start *s = malloc(sizeof(*s));
    int rc = 0;

    if (s == NULL) {
        return ENOMEM;
    }
    *s = (struct start){
        .main = main, .arg = arg, .context = context_copy() /* here and now */
    };
    if (s->context == NULL) {
        free(s);
        return ENOMEM;
    }
    rc = pthread_create(out_thread, NULL, spawned_main, s);
    if (rc != 0) {
        context_destroy(s->context);
        free(s);
    }
    return rc;
}

void context_destroy(struct context *c)
{
    pthread_mutex_destroy(&c->lock);
    free(c->pairs);
    free(c);
}
