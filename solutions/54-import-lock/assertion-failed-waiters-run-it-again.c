/* SPDX-License-Identifier: MIT */
/* Wrong: who has waited for a body looks again, as if it had just come. If the
 * body has failed, it finds a new module and runs the body once more, instead
 * of returning the error. */
#include "imports.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum state { NEW, PARTLY_MADE, READY };

struct module {
    struct imports *im;                  /* constant */
    const struct definition *definition; /* constant */

    /* Guarded by im->lock. */
    enum state state;
    pthread_t maker; /* who runs the body; valid if partly made */
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

/* Sleep until the body has returned. */
static void wait_locked(struct module *m)
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
    } else {
        m->state = NEW;
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
    pthread_mutex_lock(&im->lock);
    while (m->state == PARTLY_MADE && !is_circle_locked(m)) {
        wait_locked(m);
    }
    if (m->state == NEW) {
        rc = make_locked(m);
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
    bool ready = false;

    pthread_mutex_lock(&m->im->lock);
    ready = m->state == READY;
    pthread_mutex_unlock(&m->im->lock);
    return ready;
}

void imports_destroy(struct imports *im)
{
    pthread_cond_destroy(&im->returned);
    pthread_mutex_destroy(&im->lock);
    free(im->modules);
    free(im);
}
