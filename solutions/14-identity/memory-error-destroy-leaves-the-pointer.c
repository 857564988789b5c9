/* SPDX-License-Identifier: MIT */
/* Wrong: roster_destroy does not reset the main thread's own pointer. Its next
 * call on another roster follows that into memory which has been freed. */
#include "roster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct member {
    struct roster *roster; /* constant */
    struct identity id;    /* guarded by the roster's lock */
    struct member *next;
};

struct roster {
    pthread_mutex_t lock;   /* guards every field below, and every member */
    pthread_cond_t entered; /* broadcast: some starter's thread has entered */
    unsigned last_ident;
    struct member *first; /* in the order of ident; the main thread is first */
    struct member main;
};

/* What a starter tells its new thread. Lives until `entered` is true. */
struct start {
    struct roster *roster;
    const char *name;
    void (*run)(void *arg);
    void *arg;
    bool entered; /* guarded by the roster's lock */
};

/* The caller's own entry, if it has one. */
static _Thread_local struct member *me;

static void set_name(struct member *m, const char *name)
{
    if (name != NULL) {
        snprintf(m->id.name, sizeof m->id.name, "%.15s", name);
    } else {
        snprintf(m->id.name, sizeof m->id.name, "thread-%u", m->id.ident);
    }
}

/* Make *m the caller's entry, the last on the list. */
static void enter_locked(struct roster *r, struct member *m)
{
    struct member **end = &r->first;

    while (*end != NULL) {
        end = &(*end)->next;
    }
    m->id.ident = ++r->last_ident;
    m->id.native = gettid();
    m->id.is_main = m == &r->main;
    m->roster = r;
    m->next = NULL;
    *end = m;
    me = m;
}

static void leave(struct roster *r, struct member *m)
{
    struct member **link = &r->first;

    pthread_mutex_lock(&r->lock);
    while (*link != m) {
        link = &(*link)->next;
    }
    *link = m->next;
    pthread_mutex_unlock(&r->lock);
    me = NULL;
}

struct roster *roster_create(void)
{
    struct roster *r = calloc(1, sizeof(*r));

    if (r == NULL) {
        return NULL;
    }
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->entered, NULL);
    enter_locked(r, &r->main); /* nobody else knows of r: as good as locked */
    set_name(&r->main, "main");
    return r;
}

static void *member_main(void *arg)
{
    struct start *s = arg;
    struct roster *r = s->roster;
    void (*run)(void *arg) = s->run;
    void *run_arg = s->arg;
    struct member m;

    pthread_mutex_lock(&r->lock);
    enter_locked(r, &m);
    set_name(&m, s->name);
    pthread_setname_np(pthread_self(), m.id.name);
    s->entered = true; /* the starter may go on: *s is no longer ours */
    pthread_cond_broadcast(&r->entered);
    pthread_mutex_unlock(&r->lock);

    run(run_arg);
    leave(r, &m);
    return NULL;
}

int roster_start(struct roster *r, const char *name, void (*run)(void *arg),
                 void *arg, pthread_t *out_thread)
{
    struct start s = {.roster = r, .name = name, .run = run, .arg = arg};
    int rc = pthread_create(out_thread, NULL, member_main, &s);

    if (rc != 0) {
        return rc;
    }
    pthread_mutex_lock(&r->lock);
    while (!s.entered) {
        pthread_cond_wait(&r->entered, &r->lock);
    }
    pthread_mutex_unlock(&r->lock);
    return 0;
}

static bool is_member(const struct roster *r)
{
    return me != NULL && me->roster == r;
}

int roster_current(struct roster *r, struct identity *out)
{
    int rc = ESRCH;

    pthread_mutex_lock(&r->lock);
    if (is_member(r)) {
        *out = me->id;
        rc = 0;
    }
    pthread_mutex_unlock(&r->lock);
    return rc;
}

int roster_rename(struct roster *r, const char *name)
{
    int rc = ESRCH;

    pthread_mutex_lock(&r->lock);
    if (is_member(r)) {
        set_name(me, name);
        pthread_setname_np(pthread_self(), me->id.name);
        rc = 0;
    }
    pthread_mutex_unlock(&r->lock);
    return rc;
}

size_t roster_list(struct roster *r, struct identity out[], size_t max)
{
    size_t count = 0;

    pthread_mutex_lock(&r->lock);
    for (struct member *m = r->first; m != NULL; m = m->next) {
        if (count < max) {
            out[count] = m->id;
        }
        count++;
    }
    pthread_mutex_unlock(&r->lock);
    return count;
}

void roster_destroy(struct roster *r)
{
    pthread_cond_destroy(&r->entered);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
