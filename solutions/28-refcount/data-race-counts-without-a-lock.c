/* SPDX-License-Identifier: MIT */
/* Wrong: the count goes up and down without a lock or an atomic. With two
 * threads one change may get lost, and then the snapshot ends too early or
 * never. Almost always it goes well. */
#include "snapshot.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct snapshot {
    /* Constant after create: read without a lock. */
    void (*finalize)(void *arg);
    void *arg;
    char *text;

    size_t references; /* > 0 until the last release */
};

struct shelf {
    pthread_mutex_t lock; /* guards current */
    struct snapshot *current;
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
    return s;
}

struct snapshot *snapshot_acquire(struct snapshot *s)
{
    s->references++;
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
    left = --s->references;
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
    pthread_mutex_init(&shelf->lock, NULL);
    shelf->current = NULL;
    return shelf;
}

void shelf_put(struct shelf *shelf, struct snapshot *s)
{
    struct snapshot *old;

    pthread_mutex_lock(&shelf->lock);
    old = shelf->current;
    shelf->current = s;
    pthread_mutex_unlock(&shelf->lock);
    snapshot_release(old);
}

struct snapshot *shelf_get(struct shelf *shelf)
{
    struct snapshot *s;

    pthread_mutex_lock(&shelf->lock);
    s = shelf->current;
    if (s != NULL) {
        snapshot_acquire(s);
    }
    pthread_mutex_unlock(&shelf->lock);
    return s;
}

void shelf_destroy(struct shelf *shelf)
{
    snapshot_release(shelf->current);
    pthread_mutex_destroy(&shelf->lock);
    free(shelf);
}
