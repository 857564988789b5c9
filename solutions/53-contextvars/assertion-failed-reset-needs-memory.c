/* SPDX-License-Identifier: MIT */
/* Wrong: contexts share links that never change, so a reset is one more set.
 * That needs memory; when there is none, the value stays what it was, and the
 * caller, which is on its way out, can do nothing about it. */
#include "context.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/* A link never changes; a set puts a new one in front, which hides those of
 * the same variable behind it. */
struct link {
    struct ctxvar *var;
    void *value;
    struct link *next;
    size_t users; /* links and contexts that point here */
};

/* Guards `users` of every link. */
static pthread_mutex_t users_lock = PTHREAD_MUTEX_INITIALIZER;

struct context {
    pthread_mutex_t lock; /* guards entered */
    bool entered;         /* some thread is in it */

    struct link *first; /* for the thread that is in it */
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

static void hold(struct link *link)
{
    if (link != NULL) {
        pthread_mutex_lock(&users_lock);
        link->users++;
        pthread_mutex_unlock(&users_lock);
    }
}

/* One user fewer. The last one frees it, and lets go of the next in turn. */
static void let_go(struct link *link)
{
    while (link != NULL) {
        struct link *next = link->next;
        bool last = false;

        pthread_mutex_lock(&users_lock);
        last = --link->users == 0;
        pthread_mutex_unlock(&users_lock);
        if (!last) {
            break;
        }
        free(link);
        link = next;
    }
}

/* A new context with the values of `model`, which may be NULL. */
static struct context *copy_of(const struct context *model)
{
    struct context *c = calloc(1, sizeof(*c));

    if (c == NULL) {
        return NULL;
    }
    if (model != NULL) {
        c->first = model->first;
        hold(c->first);
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

void *ctxvar_get(struct ctxvar *var)
{
    struct link *link = current != NULL ? current->first : NULL;

    while (link != NULL && link->var != var) {
        link = link->next;
    }
    return link != NULL ? link->value : var->fallback;
}

int ctxvar_set(struct ctxvar *var, void *value, struct ctxtoken *token)
{
    struct context *c = need_current();
    struct link *link = c != NULL ? malloc(sizeof(*link)) : NULL;

    if (link == NULL) {
        return ENOMEM;
    }
    if (token != NULL) {
        token->var = var;
        token->context = c;
        token->before = ctxvar_get(var);
    }
    /* It takes over the context's hold of the next. */
    *link =
        (struct link){.var = var, .value = value, .next = c->first, .users = 1};
    c->first = link;
    return 0;
}

int ctxvar_reset(struct ctxtoken *token)
{
    int rc = EINVAL;

    if (token->var != NULL && token->context == current) {
        rc = ctxvar_set(token->var, token->before, NULL);
    }
    if (rc == 0) {
        token->var = NULL;
    }
    return rc;
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
    let_go(c->first);
    free(c);
}
