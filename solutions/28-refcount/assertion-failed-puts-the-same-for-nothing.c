/* SPDX-License-Identifier: MIT */
/* Wrong: a put of what is on the shelf already has nothing to do, so it does
 * nothing. But the caller has handed over its reference, which belongs to
 * nobody now: the snapshot never ends. Who only puts new ones does not meet
 * it. */
#include "snapshot.h"

#include <pthread.h>
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

/* Lock order: a shelf's lock, then a snapshot's. */
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
    pthread_mutex_init(&shelf->lock, NULL);
    shelf->current = NULL;
    return shelf;
}

void shelf_put(struct shelf *shelf, struct snapshot *s)
{
    struct snapshot *old;

    pthread_mutex_lock(&shelf->lock);
    old = shelf->current;
    if (old == s) {
        pthread_mutex_unlock(&shelf->lock);
        return;
    }
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
