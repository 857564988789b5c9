/* SPDX-License-Identifier: MIT */
/* Right: whoever ends a body hands its result to each waiter, which sleeps on a
 * condition of its own, and ends its wait in the same step. So no note of a
 * wait is ever old, and nobody has to look at the module again. */
#include "imports.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A thread, as long as it lives. */
struct who {
    struct module *wants; /* guarded by lock: what it waits for, or NULL */
};

/* On the stack of a thread that waits. Guarded by lock. */
struct waiter {
    struct who *who;
    pthread_cond_t told; /* signal: done */
    bool done;
    int rc;
    struct waiter *next;
};

struct module {
    const struct definition *def; /* constant */
    struct who *maker;            /* guarded by lock; NULL: not partly made */
    struct waiter *waiters;       /* guarded by lock */
    atomic_bool ready;            /* written under the lock */
    void *_Atomic value;
};

struct imports {
    size_t count;
    struct module modules[];
};

/* One for all, so that circles through several sets are seen, too. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local struct who me;

struct imports *imports_create(const struct definition *definitions,
                               size_t count)
{
    struct imports *im =
        calloc(1, sizeof(*im) + count * sizeof(im->modules[0]));

    if (im == NULL) {
        return NULL;
    }
    im->count = count;
    for (size_t i = 0; i < count; i++) {
        im->modules[i].def = &definitions[i];
        atomic_init(&im->modules[i].ready, false);
        atomic_init(&im->modules[i].value, NULL);
    }
    return im;
}

/* Would a wait for `m` never end? */
static bool is_circle_locked(const struct module *m)
{
    for (;;) {
        if (m->maker == &me) {
            return true;
        }
        m = m->maker->wants;
        if (m == NULL) {
            return false;
        }
    }
}

/* Sleep until somebody tells. Returns 0 or the error of the body. */
static int wait_locked(struct module *m)
{
    struct waiter w = {.who = &me, .next = m->waiters};

    pthread_cond_init(&w.told, NULL);
    m->waiters = &w;
    me.wants = m;
    while (!w.done) {
        pthread_cond_wait(&w.told, &lock);
    }
    pthread_cond_destroy(&w.told);
    return w.rc;
}

static void tell_locked(struct waiter *w, int rc)
{
    while (w != NULL) {
        struct waiter *next = w->next; /* once told, it is gone */

        w->who->wants = NULL;
        w->rc = rc;
        w->done = true;
        pthread_cond_signal(&w->told);
        w = next;
    }
}

/* Run the body. Returns 0 or its error. */
static int make_locked(struct imports *im, struct module *m)
{
    int rc = 0;

    m->maker = &me;
    pthread_mutex_unlock(&lock);
    rc = m->def->body(im, m, m->def->arg);
    pthread_mutex_lock(&lock);
    if (rc == 0) {
        atomic_store(&m->ready, true);
    } else {
        atomic_store(&m->value, NULL);
    }
    m->maker = NULL;
    tell_locked(m->waiters, rc);
    m->waiters = NULL;
    return rc;
}

int module_import(struct imports *im, const char *name,
                  struct module **out_module)
{
    struct module *m = NULL;
    int rc = 0;

    for (size_t i = 0; i < im->count && m == NULL; i++) {
        if (strcmp(im->modules[i].def->name, name) == 0) {
            m = &im->modules[i];
        }
    }
    if (m == NULL) {
        return ENOENT;
    }
    if (!atomic_load(&m->ready)) {
        pthread_mutex_lock(&lock);
        if (atomic_load(&m->ready)) {
            rc = 0;
        } else if (m->maker == NULL) {
            rc = make_locked(im, m);
        } else if (!is_circle_locked(m)) {
            rc = wait_locked(m);
        }
        pthread_mutex_unlock(&lock);
    }
    if (rc == 0) {
        *out_module = m;
    }
    return rc;
}

void module_publish(struct module *m, void *value)
{
    atomic_store(&m->value, value);
}

void *module_value(struct module *m)
{
    return atomic_load(&m->value);
}

bool module_ready(struct module *m)
{
    return atomic_load(&m->ready);
}

void imports_destroy(struct imports *im)
{
    free(im);
}
