/* SPDX-License-Identifier: MIT */
/* Wrong: each module has a lock of its own, which is held while its body runs.
 * It can be locked again by the thread that holds it, so a circle in one thread
 * does no harm. But the modules are then locked in the order of their imports,
 * and two threads that begin at different ends of a circle have two orders. */
#include "imports.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum state { NEW, PARTLY_MADE, READY };

struct module {
    struct imports *im;                  /* constant */
    const struct definition *definition; /* constant */

    pthread_mutex_t making; /* recursive; held while the body runs */

    /* Guarded by im->lock. */
    enum state state;
    void *value;
};

struct imports {
    struct module *modules; /* constant, and the next, too */
    size_t count;

    pthread_mutex_t lock; /* guards every state and value */
};

struct imports *imports_create(const struct definition *definitions,
                               size_t count)
{
    struct imports *im = calloc(1, sizeof(*im));
    pthread_mutexattr_t recursive;

    if (im == NULL) {
        return NULL;
    }
    im->modules = calloc(count > 0 ? count : 1, sizeof(*im->modules));
    if (im->modules == NULL) {
        free(im);
        return NULL;
    }
    im->count = count;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    for (size_t i = 0; i < count; i++) {
        im->modules[i].im = im;
        im->modules[i].definition = &definitions[i];
        pthread_mutex_init(&im->modules[i].making, &recursive);
    }
    pthread_mutexattr_destroy(&recursive);
    pthread_mutex_init(&im->lock, NULL);
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

/* Run the body of a new module. Returns 0 or its error. */
static int make_locked(struct module *m)
{
    const struct definition *d = m->definition;
    int rc = 0;

    m->state = PARTLY_MADE;
    pthread_mutex_unlock(&m->im->lock);
    rc = d->body(m->im, m, d->arg);
    pthread_mutex_lock(&m->im->lock);
    if (rc == 0) {
        m->state = READY;
    } else {
        m->state = NEW;
        m->value = NULL;
    }
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
    pthread_mutex_lock(&m->making);
    pthread_mutex_lock(&im->lock);
    if (m->state == NEW) {
        rc = make_locked(m);
    }
    pthread_mutex_unlock(&im->lock);
    pthread_mutex_unlock(&m->making);
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
    pthread_mutex_destroy(&im->lock);
    for (size_t i = 0; i < im->count; i++) {
        pthread_mutex_destroy(&im->modules[i].making);
    }
    free(im->modules);
    free(im);
}
