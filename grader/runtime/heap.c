/* SPDX-License-Identifier: MIT */
/* heap.c - see heap.h. */
#include "heap.h"
#include "access.h"
#include "arena.h"
#include "context.h"
#include "hb.h"
#include "shadow.h"
#include "wrap.h"
#include "wrap_calls.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

enum {
    HEADER = 8,       /* bytes before a block that are the allocator's */
    BLOCKS = 1 << 16, /* told apart; what comes after is not followed */
    MARKED = 1 << 16, /* bytes of a freed block in which a use is seen */
    KEPT = 4096,      /* freed blocks kept back ... */
    KEPT_MB = 32,     /* ... and no more memory than that */
};

extern void *__real_malloc(size_t size);
extern void __real_free(void *p);

static struct heap_block *blocks; /* open addressing by start; 0 is free */
static unsigned block_count;
static uintptr_t kept[KEPT]; /* a ring of the freed ones */
static unsigned kept_from, kept_to;
static size_t kept_bytes;

static struct heap_block *block_at(uintptr_t start)
{
    size_t i = (size_t)(start * 0x9e3779b97f4a7c15u >> 48) % BLOCKS;

    while (blocks[i].start != start && blocks[i].start != 0) {
        i = (i + 1) % BLOCKS;
    }
    return &blocks[i];
}

static bool have_table(void)
{
    if (blocks == NULL) {
        blocks = arena_take(BLOCKS * sizeof *blocks);
    }
    return blocks != NULL;
}

static uintptr_t end_of(const struct heap_block *b)
{
    return b->start + b->usable;
}

/* The library may have given it another size, or away, by itself: getline
 * does. */
static bool is_as_it_was(const struct heap_block *b)
{
    return malloc_usable_size((void *)b->start) == b->usable;
}

bool heap_follows(void)
{
    return hb_on();
}

void heap_allocated(void *p, size_t size, uintptr_t pc, const void *frame)
{
    struct heap_block *b;
    struct rt_thread *t;

    if (!hb_on() || p == NULL || !access_enter(&t)) {
        return;
    }
    shadow_forget((uintptr_t)p, (uintptr_t)p + malloc_usable_size(p));
    if (have_table() && block_count < BLOCKS / 2) {
        b = block_at((uintptr_t)p);
        block_count += b->start == 0;
        *b = (struct heap_block){.start = (uintptr_t)p,
                                 .size = size,
                                 .usable = malloc_usable_size(p),
                                 .thread = rt_index(t),
                                 .context = context_here(t, pc, frame)};
        shadow_forbid(t, b->start - HEADER, b->start);
        shadow_forbid(t, b->start + size, end_of(b) + HEADER);
    }
    access_leave();
}

const struct heap_block *heap_find(uintptr_t addr)
{
    for (size_t i = 0; blocks != NULL && i < BLOCKS; i++) {
        if (addr >= blocks[i].start && blocks[i].start != 0 &&
            addr - blocks[i].start < blocks[i].size) {
            return &blocks[i];
        }
    }
    return NULL;
}

/* -- misuse ----------------------------------------------------------------
 */

/* `other` had freed or allocated the block at `context`. */
static void misuse(enum rt_note_kind kind, struct rt_thread *t, int other,
                   const struct rt_stack *at, uint32_t context)
{
    if (atomic_load(&rt->afterlife)) {
        return;
    }
    access_leave();
    access_races(context_of(context)->at.pc[0], ACCESS_FREE); /* it is told */
    rt_lock();
    rt_note(kind, t, -1, other, at, &context_of(context)->at,
            kind == NOTE_FREED_TWICE ? "free" : "");
    rt_finish(END_FAILED);
}

/* The block that ends just before `addr`, or begins just after it. */
static const struct heap_block *beside(uintptr_t addr)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        const struct heap_block *b = &blocks[i];
        if (b->start != 0 && b->size != 0 && addr >= b->start - HEADER &&
            addr < end_of(b) + HEADER) {
            return b;
        }
    }
    return NULL;
}

void heap_misused(struct rt_thread *t, uintptr_t addr,
                  const struct rt_stack *at)
{
    const struct heap_block *b = heap_find(addr);

    if (b != NULL && b->freed != 0) {
        misuse(NOTE_USE_AFTER_FREE, t, b->freed_by, at, b->freed);
    } else if (b == NULL && (b = beside(addr)) != NULL && is_as_it_was(b)) {
        misuse(NOTE_BESIDE_BLOCK, t, b->thread, at, b->context);
    }
}

/* -- freed blocks ----------------------------------------------------------
 */

/* The oldest of them is given back after all. */
static void let_go(void)
{
    struct heap_block *b = block_at(kept[kept_from++ % KEPT]);

    shadow_forget(b->start - HEADER,
                  b->start + (b->size < MARKED ? b->size : MARKED));
    shadow_forget(b->start + b->size, end_of(b) + HEADER);
    kept_bytes -= b->size;
    b->size = 0;
    b->freed = 0;
    __real_free((void *)b->start);
}

static void keep(struct rt_thread *t, struct heap_block *b, uint32_t context,
                 uintptr_t pc, const void *frame)
{
    struct access a = {b->start, b->size < MARKED ? b->size : MARKED,
                       ACCESS_WRITE | ACCESS_FREE, pc, frame};

    access_tell(t, b->start, a.kind, pc);
    shadow_access(t, &a);
    b->freed = context;
    b->freed_by = rt_index(t);
    while (kept_to - kept_from == KEPT ||
           (kept_to != kept_from && kept_bytes + b->size > KEPT_MB << 20)) {
        let_go();
    }
    kept[kept_to++ % KEPT] = b->start;
    kept_bytes += b->size;
}

/* What was freed long ago is known no more: its size is 0. */
bool heap_freed(void *p, uintptr_t pc, const void *frame)
{
    struct heap_block *b;
    struct rt_thread *t;
    uint32_t context;
    bool ours = false;

    if (!hb_on() || p == NULL || !access_enter(&t)) {
        return true;
    }
    b = have_table() ? block_at((uintptr_t)p) : NULL;
    context = context_here(t, pc, frame);
    if (b != NULL && b->start != 0 && b->freed != 0) {
        misuse(NOTE_FREED_TWICE, t, b->freed_by, &context_of(context)->at,
               b->freed);
    }
    if (b == NULL || b->start == 0 || b->size == 0 || context == 0) {
        shadow_forget((uintptr_t)p, (uintptr_t)p + malloc_usable_size(p));
    } else {
        keep(t, b, context, pc, frame);
        ours = true;
    }
    access_leave();
    return !ours;
}

void heap_lost(const void *p)
{
    struct heap_block *b;
    struct rt_thread *t;

    if (hb_on() && p != NULL && access_enter(&t)) {
        b = have_table() ? block_at((uintptr_t)p) : NULL;
        if (b != NULL && b->start != 0) {
            b->size = 0;
        }
        access_leave();
    }
}

bool heap_moved(void **p, size_t size, uintptr_t pc, const void *frame)
{
    void *old = *p, *fresh;
    size_t had;

    if (!hb_on() || old == NULL || size == 0) {
        heap_lost(old);
        return false;
    }
    had = malloc_usable_size(old);
    fresh = __real_malloc(size);
    if (fresh != NULL) {
        memcpy(fresh, old, had < size ? had : size);
        heap_allocated(fresh, size, pc, frame);
        if (heap_freed(old, pc, frame)) {
            __real_free(old);
        }
    }
    *p = fresh;
    return true;
}
