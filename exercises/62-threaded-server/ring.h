/* SPDX-License-Identifier: MIT */
/* ring.h - descriptors in a row: first in, first out. Given, complete: use it,
 * leave it alone.
 *
 * It has no lock of its own: whoever has one in common with other threads
 * calls these under a lock. */
#ifndef RING_H
#define RING_H
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

struct ring {
    size_t size;  /* how many it has room for */
    size_t count; /* how many are in it */
    size_t first; /* where the oldest is */
    int *fds;
};

/* Make it empty, with room for `size`, at least 1.
 * Returns true; or false if memory runs out. End it with ring_free. */
static inline bool ring_init(struct ring *r, size_t size)
{
    *r = (struct ring){.size = size, .fds = calloc(size, sizeof(int))};
    return r->fds != NULL;
}

/* Give back its memory. It does not close what is in it. */
static inline void ring_free(struct ring *r)
{
    free(r->fds);
}

/* Append a descriptor. There has to be room: count < size. */
static inline void ring_put(struct ring *r, int fd)
{
    r->fds[(r->first + r->count) % r->size] = fd;
    r->count++;
}

/* Take the oldest out and return it. There has to be one: count > 0. */
static inline int ring_take(struct ring *r)
{
    int fd = r->fds[r->first];

    r->first = (r->first + 1) % r->size;
    r->count--;
    return fd;
}
#endif
