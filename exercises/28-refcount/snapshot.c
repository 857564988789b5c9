/* SPDX-License-Identifier: MIT */
/* snapshot.c - texts that many threads share and nobody changes.
 *
 * Exercise 28: your file. snapshot.h says what each function promises. */
#include "snapshot.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct snapshot {
    size_t references; /* TODO: the text, finalize, and what guards the count */
};

struct shelf {
    struct snapshot *current; /* TODO: what guards this? */
};

struct snapshot *snapshot_create(const char *text, void (*finalize)(void *arg),
                                 void *arg)
{
    /* TODO: copy the text; one reference, the caller's. */
    (void)text;
    (void)finalize;
    (void)arg;
    return NULL;
}

struct snapshot *snapshot_acquire(struct snapshot *s)
{
    /* TODO: one more. */
    return s;
}

const char *snapshot_text(const struct snapshot *s)
{
    /* TODO: does this need a lock? */
    (void)s;
    return "";
}

void snapshot_release(struct snapshot *s)
{
    /* TODO: one less. Who finds out that it was the last, and when may the
     * lock go? */
    (void)s;
}

struct shelf *shelf_create(void)
{
    /* TODO: an empty shelf. */
    return NULL;
}

void shelf_put(struct shelf *shelf, struct snapshot *s)
{
    /* TODO: exchange them; what was there loses a reference. */
    (void)shelf;
    (void)s;
}

struct snapshot *shelf_get(struct shelf *shelf)
{
    /* TODO: what if somebody puts another one there between your look at the
     * shelf and your snapshot_acquire? */
    (void)shelf;
    return NULL;
}

void shelf_destroy(struct shelf *shelf)
{
    /* TODO: give back whatever the shelf has. */
    (void)shelf;
}
