/* SPDX-License-Identifier: MIT */
/* Wrong: the shelf is an atomic pointer, so it needs no mutex, it seems.
 * Each step is safe by itself, but between loading the pointer and counting
 * up another thread may exchange it and release the last reference. */
#include "snapshot.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct snapshot {
    /* Constant after create: read without a lock. */
    void (*finalize)(void *arg);
    void *arg;
    char *text;

    pthread_mutex_t lock; /* guards references */
    size_t references;    /* > 0 until the last release */
};

struct shelf {
    _Atomic(struct snapshot *) current;
};

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
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

struct snapshot *snapshot_acquire(struct snapshot *s)
{
    pthread_mutex_lock(&s->lock);
    s->references++;
    pthread_mutex_unlock(&s->lock);
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
    pthread_mutex_destroy(&s->lock);
    free(s->text);
    free(s);
}

void snapshot_release(struct snapshot *s)
{
    size_t left;

    if (s == NULL) {
        return;
    }
    pthread_mutex_lock(&s->lock);
    left = --s->references; /* this thread's own result, good later, too */
    pthread_mutex_unlock(&s->lock);
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
    atomic_init(&shelf->current, NULL);
    return shelf;
}

void shelf_put(struct shelf *shelf, struct snapshot *s)
{
    snapshot_release(atomic_exchange(&shelf->current, s));
}

struct snapshot *shelf_get(struct shelf *shelf)
{
    struct snapshot *s;

    s = atomic_load(&shelf->current);
    if (s != NULL) {
        snapshot_acquire(s);
    }
    return s;
}

void shelf_destroy(struct shelf *shelf)
{
    snapshot_release(atomic_load(&shelf->current));
    free(shelf);
}
