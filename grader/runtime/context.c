/* SPDX-License-Identifier: MIT */
/* context.c - see context.h. */
#include "context.h"
#include "arena.h"

enum {
    BUCKETS = 4096,
    CHUNK = 256,  /* contexts are taken from the arena so many at a time */
    CHUNKS = 256, /* at most */
    PLAIN = 8192, /* of all those, for places without their callers */
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

static uint32_t find(const struct rt_stack *at, const struct rt_thread *t)
{
    uint32_t i = buckets[bucket_of(at, t->held_count)];

    while (i != 0 && !same(context_of(i), at, t)) {
        i = context_of(i)->next;
    }
    return i;
}

static uint32_t keep(const struct rt_stack *at, const struct rt_thread *t)
{
    uint32_t *bucket = &buckets[bucket_of(at, t->held_count)];
    struct context *c = fresh();

    if (c == NULL) {
        return 0;
    }
    c->at = *at;
    c->held_count = t->held_count;
    for (int i = 0; i < t->held_count; i++) {
        c->held[i] = t->held[i].object;
    }
    c->next = *bucket;
    return *bucket = count++;
}

/* There are as many stacks as there are ways through a recursion. Of a call
 * that is on the stack several times only the innermost stays. */
static void fold(struct rt_stack *at)
{
    int kept = 0;

    for (int i = 0; i < at->depth; i++) {
        int k = 0;
        while (k < kept && at->pc[k] != at->pc[i]) {
            k++;
        }
        at->pc[k] = at->pc[i];
        kept += k == kept;
    }
    at->depth = kept;
}

uint32_t context_here(const struct rt_thread *t, uintptr_t pc,
                      const void *frame)
{
    struct rt_stack at;
    uint32_t number;

    rt_walk(&at, frame, t->stack_top);
    fold(&at);
    if (at.depth == 0) {
        at = (struct rt_stack){1, {pc}};
    }
    number = find(&at, t);
    if (number == 0 && count >= CHUNK * CHUNKS - PLAIN) {
        at = (struct rt_stack){1, {pc}};
        number = find(&at, t);
    }
    return number != 0 ? number : keep(&at, t);
}
