/* SPDX-License-Identifier: MIT */
/* context.c - see context.h. */
#include "context.h"
#include "arena.h"

enum {
    BUCKETS = 1024,
    CHUNK = 256,  /* contexts are taken from the arena so many at a time */
    CHUNKS = 256, /* at most */
};

static uint32_t buckets[BUCKETS];
static struct context *chunks[CHUNKS];
static uint32_t count = 1; /* number 0 stands for none */
static struct context none;

const struct context *context_of(uint32_t number)
{
    return number == 0 ? &none : &chunks[number / CHUNK][number % CHUNK];
}

static bool same(const struct context *c, const struct rt_stack *at,
                 const struct rt_thread *t)
{
    if (c->at.depth != at->depth || c->held_count != t->held_count) {
        return false;
    }
    for (int i = 0; i < at->depth; i++) {
        if (c->at.pc[i] != at->pc[i]) {
            return false;
        }
    }
    for (int i = 0; i < t->held_count; i++) {
        if (c->held[i] != t->held[i].object) {
            return false;
        }
    }
    return true;
}

static uint32_t bucket_of(const struct rt_stack *at, int held)
{
    uint64_t h = 0xcbf29ce484222325u + (unsigned)held; /* FNV */

    for (int i = 0; i < at->depth; i++) {
        h = (h ^ at->pc[i]) * 0x100000001b3u;
    }
    return (uint32_t)(h >> 20) % BUCKETS;
}

static struct context *fresh(void)
{
    struct context **chunk = &chunks[count / CHUNK];

    if (count == CHUNK * CHUNKS) {
        return NULL;
    }
    if (*chunk == NULL) {
        *chunk = arena_take(CHUNK * sizeof **chunk);
    }
    return *chunk == NULL ? NULL : &(*chunk)[count % CHUNK];
}

uint32_t context_here(const struct rt_thread *t, uintptr_t pc,
                      const void *frame)
{
    struct rt_stack at;
    struct context *c;
    uint32_t *bucket;

    rt_walk(&at, frame, t->stack_top);
    if (at.depth == 0) {
        at = (struct rt_stack){1, {pc}};
    }
    bucket = &buckets[bucket_of(&at, t->held_count)];
    for (uint32_t i = *bucket; i != 0; i = context_of(i)->next) {
        if (same(context_of(i), &at, t)) {
            return i;
        }
    }
    c = fresh();
    if (c == NULL) {
        return 0;
    }
    c->at = at;
    c->held_count = t->held_count;
    for (int i = 0; i < t->held_count; i++) {
        c->held[i] = t->held[i].object;
    }
    c->next = *bucket;
    return *bucket = count++;
}
