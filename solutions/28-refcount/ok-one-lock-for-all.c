/* SPDX-License-Identifier: MIT */
/* Right: one mutex guards every count and every shelf. Whoever looks at a
 * shelf and counts up does both under it; finalize is called when it has
 * been given back. */
#include "snapshot.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct snapshot {
    /* Constant after create: read without a lock. */
    void (*finalize)(void *arg);
    void *arg;
    char *text;

    size_t references; /* guarded by lock; > 0 until the last release */
};

struct shelf {
    struct snapshot *current; /* guarded by lock */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct snapshot *snapshot_create(const char *text, void (*finalize)(void *arg),
                                 void *arg)
{
    struct snapshot *s = malloc(sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    s->text = strdup(text);
    if (s->text == NULL) {
        free(s);
        return NULL;
    }
    s->finalize = finalize;
    s->arg = arg;
    s->references = 1;
    return s;
}

struct snapshot *snapshot_acquire(struct snapshot *s)
{
    pthread_mutex_lock(&lock);
    s->references++;
    pthread_mutex_unlock(&lock);
    return s;
}

const char *snapshot_text(const struct snapshot *s)
{
    return s->text;
}

static void end(struct snapshot *s)
{
    if (s->finalize != NULL) {
        s->finalize(s->arg);
    }
    free(s->text);
    free(s);
}

void snapshot_release(struct snapshot *s)
{
    size_t left;

    if (s == NULL) {
        return;
    }
    pthread_mutex_lock(&lock);
    left = --s->references; /* this thread's own result, good later, too */
    pthread_mutex_unlock(&lock);
    if (left == 0) {
        end(s);
    }
}

struct shelf *shelf_create(void)
{
    struct shelf *shelf = malloc(sizeof(*shelf));

    if (shelf == NULL) {
        return NULL;
    }
    shelf->current = NULL;
    return shelf;
}

void shelf_put(struct shelf *shelf, struct snapshot *s)
{
    struct snapshot *old;

    pthread_mutex_lock(&lock);
    old = shelf->current;
    shelf->current = s;
    pthread_mutex_unlock(&lock);
    snapshot_release(old);
}

struct snapshot *shelf_get(struct shelf *shelf)
{
    struct snapshot *s;

    pthread_mutex_lock(&lock);
    s = shelf->current;
    if (s != NULL) {
        s->references++;
    }
    pthread_mutex_unlock(&lock);
    return s;
}

void shelf_destroy(struct shelf *shelf)
{
    snapshot_release(shelf->current);
    free(shelf);
}
