/* SPDX-License-Identifier: MIT */
/* calls.h - lists of calls that are to be made. Given, complete: use it, leave
 * it alone.
 *
 * No lock in here: a list belongs to one thread, or whoever uses it holds the
 * lock that guards it. A call is in one list at a time. */
#ifndef CALLS_H
#define CALLS_H
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct call {
    void (*fn)(void *arg);
    void *arg;
    uint64_t when_ns; /* free for use: the moment, if it is to be later */
    int fd;           /* free for use: the descriptor, if it waits for one */
    struct call *next;
};

struct calls {
    struct call *first; /* NULL: the list is empty; {0} is an empty list */
};

/* Returns a call, which is freed with free; or NULL if memory runs out. */
static inline struct call *call_new(void (*fn)(void *arg), void *arg)
{
    struct call *c = calloc(1, sizeof(*c));

    if (c != NULL) {
        c->fn = fn;
        c->arg = arg;
        c->fd = -1;
    }
    return c;
}

/* Append a call. */
static inline void calls_put(struct calls *list, struct call *c)
{
    struct call **end = &list->first;

    while (*end != NULL) {
        end = &(*end)->next;
    }
    c->next = NULL;
    *end = c;
}

/* Put a call before the first whose moment is later. */
static inline void calls_put_by_time(struct calls *list, struct call *c)
{
    struct call **place = &list->first;

    while (*place != NULL && (*place)->when_ns <= c->when_ns) {
        place = &(*place)->next;
    }
    c->next = *place;
    *place = c;
}

/* Take out the first call. Returns NULL if there is none. */
static inline struct call *calls_take(struct calls *list)
{
    struct call *c = list->first;

    if (c != NULL) {
        list->first = c->next;
        c->next = NULL;
    }
    return c;
}

/* Take out this call, which is in the list. */
static inline void calls_remove(struct calls *list, struct call *c)
{
    struct call **place = &list->first;

    while (*place != c) {
        place = &(*place)->next;
    }
    *place = c->next;
    c->next = NULL;
}

/* Free all calls of a list. They are not made. */
static inline void calls_free(struct calls *list)
{
    struct call *c = NULL;

    while ((c = calls_take(list)) != NULL) {
        free(c);
    }
}
#endif
