/* SPDX-License-Identifier: MIT */
/* Wrong: the starter makes the entry and puts it on the list, so it need not
 * wait for the thread, which adds its native id itself. It does so without
 * the mutex, while a list that is made at this moment reads it. */
#include "roster.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct member {
    struct identity id; /* guarded by the roster's lock */
    struct member *next;
};

struct roster {
    pthread_mutex_t lock; /* guards every field below, and every member */
    unsigned last_ident;
    struct member *first; /* in the order of ident; the main thread is first */
    struct member main;
};

/* What a starter tells its new thread. Lives until `begun` is posted. */
struct start {
    struct roster *roster;
    struct member *entry;
    void (*run)(void *arg);
    void *arg;
    sem_t begun;
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

/* Make *m the last on the list. */
static void enter_locked(struct roster *r, struct member *m)
{
    struct member **end = &r->first;

    while (*end != NULL) {
        end = &(*end)->next;
    }
    m->id.ident = ++r->last_ident;
    m->id.is_main = m == &r->main;
    m->next = NULL;
    *end = m;
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
}

struct roster *roster_create(void)
{
    struct roster *r = calloc(1, sizeof(*r));

    if (r == NULL) {
        return NULL;
    }
    pthread_mutex_init(&r->lock, NULL);
    enter_locked(r, &r->main); /* nobody else knows of r: as good as locked */
    r->main.id.native = gettid();
    set_name(&r->main, "main");
    me = &r->main;
    return r;
}

static void *member_main(void *arg)
{
    struct start *s = arg;
    struct roster *r = s->roster;
    void (*run)(void *arg) = s->run;
    void *run_arg = s->arg;
    struct member *m = s->entry;

    me = m;
    m->id.native = gettid();
    pthread_setname_np(pthread_self(), m->id.name);
    sem_post(&s->begun); /* from here on *s is no longer ours */

    run(run_arg);
    leave(r, m);
    free(m);
    return NULL;
}

int roster_start(struct roster *r, const char *name, void (*run)(void *arg),
                 void *arg, pthread_t *out_thread)
{
    struct start s = {.roster = r, .run = run, .arg = arg};
    struct member *m = malloc(sizeof(*m));
    int rc;

    if (m == NULL) {
        return ENOMEM;
    }
    s.entry = m;
    sem_init(&s.begun, 0, 0);
    pthread_mutex_lock(&r->lock);
    enter_locked(r, m);
    set_name(m, name);
    pthread_mutex_unlock(&r->lock);
    rc = pthread_create(out_thread, NULL, member_main, &s);
    if (rc == 0) {
        while (sem_wait(&s.begun) != 0) {
            continue; /* a signal came: wait on */
        }
    } else {
        leave(r, m);
        free(m);
    }
    sem_destroy(&s.begun);
    return rc;
}

/* True if the caller is a member of `r`. Only the caller changes `me`, and
 * its entry is on no other roster. */
static bool is_member_locked(struct roster *r)
{
    for (struct member *m = r->first; m != NULL; m = m->next) {
        if (m == me) {
            return true;
        }
    }
    return false;
}

int roster_current(struct roster *r, struct identity *out)
{
    int rc = ESRCH;

    pthread_mutex_lock(&r->lock);
    if (is_member_locked(r)) {
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
    if (is_member_locked(r)) {
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
    if (me == &r->main) {
        me = NULL;
    }
    pthread_mutex_destroy(&r->lock);
    free(r);
}
