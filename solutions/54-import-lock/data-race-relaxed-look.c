/* SPDX-License-Identifier: MIT */
/* Wrong: whether a module is ready is an atomic flag as well, and the look at
 * it before the lock is relaxed. That tells the truth about the flag alone. Who
 * asks for the value next takes the lock after all; who does not, may read what
 * the body did before it is there. */
#include "imports.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum state { NEW, PARTLY_MADE, READY };

struct module {
    struct imports *im;                  /* constant */
    const struct definition *definition; /* constant */

    atomic_bool ready; /* goes true once; then nothing changes any more */

    /* Guarded by im->lock. */
    enum state state;
    pthread_t maker; /* who runs the body; valid if partly made */
    int error;       /* of the last body that failed */
    void *value;
};

/* On the stack of a thread that waits. */
struct wait {
    pthread_t thread;
    const struct module *module;
    struct wait *next;
};

struct imports {
    struct module *modules; /* constant, and the next, too */
    size_t count;

    pthread_mutex_t lock;    /* guards every state, and the list of waits */
    pthread_cond_t returned; /* broadcast: a body has returned */
    struct wait *waits;
};

struct imports *imports_create(const struct definition *definitions,
                               size_t count)
{
    struct imports *im = calloc(1, sizeof(*im));

    if (im == NULL) {
        return NULL;
    }
    im->modules = calloc(count > 0 ? count : 1, sizeof(*im->modules));
    if (im->modules == NULL) {
        free(im);
        return NULL;
    }
    im->count = count;
    for (size_t i = 0; i < count; i++) {
        im->modules[i].im = im;
        im->modules[i].definition = &definitions[i];
    }
    pthread_mutex_init(&im->lock, NULL);
    pthread_cond_init(&im->returned, NULL);
    return im;
}

static struct module *find(const struct imports *im, const char *name)
{
    for (size_t i = 0; i < im->count; i++) {
        if (strcmp(im->modules[i].definition->name, name) == 0) {
            return &im->modules[i];
        }
    }
    return NULL;
}

/* What the thread waits for, or NULL. Its wait is over once the module is no
 * longer partly made, even if it has not woken up yet. */
static const struct module *waits_for_locked(const struct imports *im,
                                             pthread_t thread)
{
    for (const struct wait *w = im->waits; w != NULL; w = w->next) {
        if (pthread_equal(w->thread, thread)) {
            return w->module->state == PARTLY_MADE ? w->module : NULL;
        }
    }
    return NULL;
}

/* Would the calling thread wait for itself if it waited for `m`? */
static bool is_circle_locked(const struct module *m)
{
    while (m != NULL) {
        if (pthread_equal(m->maker, pthread_self())) {
            return true;
        }
        m = waits_for_locked(m->im, m->maker);
    }
    return false;
}

/* Sleep until the body has returned. Returns 0 or its error. */
static int wait_locked(struct module *m)
{
    struct imports *im = m->im;
    struct wait wait = {
        .thread = pthread_self(), .module = m, .next = im->waits};
    struct wait **w = &im->waits;

    im->waits = &wait;
    while (m->state == PARTLY_MADE) {
        pthread_cond_wait(&im->returned, &im->lock);
    }
    while (*w != &wait) {
        w = &(*w)->next;
    }
    *w = wait.next;
    return m->state == READY ? 0 : m->error;
}

/* Run the body of a new module. Returns 0 or its error. */
static int make_locked(struct module *m)
{
    const struct definition *d = m->definition;
    int rc = 0;

    m->state = PARTLY_MADE;
    m->maker = pthread_self();
    pthread_mutex_unlock(&m->im->lock);
    rc = d->body(m->im, m, d->arg);
    pthread_mutex_lock(&m->im->lock);
    if (rc == 0) {
        m->state = READY;
        atomic_store_explicit(&m->ready, true, memory_order_release);
    } else {
        m->state = NEW;
        m->error = rc;
        m->value = NULL;
    }
    pthread_cond_broadcast(&m->im->returned); /* in either case */
    return rc;
}

int module_import(struct imports *im, const char *name,
                  struct module **out_module)
{
    struct module *m = find(im, name);
    int rc = 0;

    if (m == NULL) {
        return ENOENT;
    }
    if (atomic_load_explicit(&m->ready, memory_order_relaxed)) {
        *out_module = m;
        return 0;
    }
    pthread_mutex_lock(&im->lock);
    if (m->state == NEW) {
        rc = make_locked(m);
    } else if (m->state == PARTLY_MADE && !is_circle_locked(m)) {
        rc = wait_locked(m);
    }
    pthread_mutex_unlock(&im->lock);
    if (rc == 0) {
        *out_module = m;
    }
    return rc;
}

void module_publish(struct module *m, void *value)
{
    pthread_mutex_lock(&m->im->lock);
    m->value = value;
    pthread_mutex_unlock(&m->im->lock);
}

void *module_value(struct module *m)
{
    void *value = NULL;

    pthread_mutex_lock(&m->im->lock);
    value = m->value;
    pthread_mutex_unlock(&m->im->lock);
    return value;
}

bool module_ready(struct module *m)
{
    return atomic_load_explicit(&m->ready, memory_order_acquire);
}

void imports_destroy(struct imports *im)
{
    pthread_cond_destroy(&im->returned);
    pthread_mutex_destroy(&im->lock);
    free(im->modules);
    free(im);
}
