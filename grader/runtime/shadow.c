/* SPDX-License-Identifier: MIT */
/* shadow.c - see shadow.h. */
#include "shadow.h"
#include "access.h"
#include "arena.h"
#include "context.h"
#include "frames.h"
#include "hb.h"
#include "heap.h"
#include "history.h"
#include "scheduler.h"
#include "statics.h"
#include "steps.h"

#include <stdio.h>
#include <string.h>

enum {
    PAGE = 4096,
    CELLS = PAGE / 8,
    FORBIDDEN = ACCESS_FREE | ACCESS_BEYOND,
    PAGES = 1 << 16, /* that can be told apart; more are not followed */
};

struct slot { /* one access; a cell is the head of a list of them */
    uint32_t epoch;
    uint16_t thread; /* record number plus 1; 0: no access yet */
    uint8_t bytes;   /* a bit for each of the eight */
    uint8_t kind;
    uint32_t context, next;
};

static struct page {
    uintptr_t number; /* address / PAGE; 0 is free */
    struct slot *cells;
} pages[PAGES]; /* open addressing; nothing is ever taken out */
static unsigned page_count;
static uint32_t taken[PAGES / 2]; /* where in `pages` those in use are */

static struct slot *pool; /* of slots behind the head, by number from 1 */
static uint32_t pool_used, pool_free;
enum { POOL = 1 << 20 };

static struct page *page_at(uintptr_t number)
{
    size_t i = (size_t)(number * 0x9e3779b97f4a7c15u >> 48) % PAGES;

    while (pages[i].number != number && pages[i].number != 0) {
        i = (i + 1) % PAGES;
    }
    return &pages[i];
}

static struct page *last_page = &pages[0]; /* that was asked for */

/* NULL if there is none and `make` is false, or no room. */
static struct page *page_of(uintptr_t number, bool make)
{
    struct page *p = page_at(number);

    if (p->number == 0) {
        if (!make || page_count >= PAGES / 2) {
            return NULL;
        }
        p->cells = arena_take(CELLS * sizeof *p->cells);
        if (p->cells == NULL) {
            return NULL;
        }
        p->number = number;
        taken[page_count++] = (uint32_t)(p - pages);
    }
    return last_page = p;
}

static inline struct slot *cell_of(uintptr_t addr, bool make)
{
    struct page *p = last_page;

    if (p->number != addr / PAGE) {
        p = page_of(addr / PAGE, make);
    }
    return p != NULL ? &p->cells[addr % PAGE / 8] : NULL;
}

static uint32_t take_slot(void)
{
    uint32_t i = pool_free;

    if (i != 0) {
        pool_free = pool[i].next;
        return i;
    }
    if (pool == NULL) {
        pool = arena_take(POOL * sizeof *pool);
    }
    return pool != NULL && pool_used + 1 < POOL ? ++pool_used : 0;
}

static void give_slot(uint32_t i)
{
    pool[i].next = pool_free;
    pool_free = i;
}

/* -- races ------------------------------------------------------------------
 */

static void fill(struct rt_access *out, int thread, unsigned kind, int size,
                 const struct rt_stack *at)
{
    *out = (struct rt_access){.thread = thread,
                              .size = size,
                              .write = (kind & ACCESS_WRITE) != 0,
                              .atomic = (kind & ACCESS_ATOMIC) != 0,
                              .frees = (kind & ACCESS_FREE) != 0,
                              .at = *at};
}

static void fill_locks(struct rt_report *r, const struct context *now,
                       const struct context *before)
{
    for (int i = 0; i < now->held_count; i++) {
        r->held_now[r->held_count++] = now->held[i];
    }
    for (int i = 0; i < before->held_count && r->lock_count < 4; i++) {
        r->locks[r->lock_count++] = before->held[i];
    }
}

/* True if `a` has it rather than `b`, both of which begin above. */
static bool is_nearer(const struct rt_thread *a, const struct rt_thread *b)
{
    return a->stack_top != b->stack_top ? a->stack_top < b->stack_top
                                        : a->serial > b->serial;
}

/* The thread on whose stack `addr` is, or -1. Stacks grow down, so it is one
 * of the nearest that begin above; it may have had owners before. */
static int stack_owner(uintptr_t addr)
{
    const uintptr_t most = (uintptr_t)64 << 20;
    int owner = -1;

    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        const struct rt_thread *t = &rt->threads[i];
        if (t->stack_top > addr && t->stack_top - addr < most &&
            (owner < 0 || is_nearer(t, &rt->threads[owner]))) {
            owner = i;
        }
    }
    return owner;
}

static void fill_place(struct rt_report *r, uintptr_t addr)
{
    const struct heap_block *b = heap_find(addr);
    const char *keeper = statics_name(addr);

    r->addr = addr;
    if (keeper != NULL) {
        strcpy(r->where, "library");
        strcpy(r->library, keeper);
        r->where_thread = -1;
        return;
    }
    if (b != NULL) {
        strcpy(r->where, "heap");
        r->start = b->start;
        r->size = b->size;
        r->where_thread = b->thread;
        r->allocated = context_of(b->context)->at;
        return;
    }
    r->where_thread = stack_owner(addr);
    strcpy(r->where, r->where_thread >= 0 ? "stack" : "global");
}

static void report(struct rt_thread *t, const struct access *a,
                   const struct slot *before, uint32_t context)
{
    const struct context *now = context_of(context);
    const struct context *then = context_of(before->context);
    struct rt_report *r;

    if (rt->report_count > 0 || atomic_load(&rt->afterlife)) {
        return;
    }
    access_races(now->at.pc[0], a->kind);
    access_races(then->at.pc[0], before->kind);
    rt_lock();
    rt->reports_seen++;
    r = &rt->reports[rt->report_count++];
    *r = (struct rt_report){.reporter = rt_index(t), .accesses = 2};
    snprintf(r->what, sizeof r->what, "%s",
             ((a->kind | before->kind) & ACCESS_FREE) != 0 ? "race-with-free"
                                                           : "data-race");
    fill(&r->access[0], rt_index(t), a->kind, (int)a->size, &now->at);
    fill(&r->access[1], before->thread - 1, before->kind, 1, &then->at);
    fill_locks(r, now, then);
    fill_place(r, a->addr);
    step_race(t, access_op(a->kind), before->thread - 1, now->at.pc[0]);
    rt_unlock();
}

/* -- accesses ---------------------------------------------------------------
 */

static inline bool conflict(unsigned a, unsigned b)
{
    return ((a | b) & ACCESS_WRITE) != 0 && (a & b & ACCESS_ATOMIC) == 0;
}

/* Whatever conflicts with `b` conflicts with `a`. */
static inline bool covers(unsigned a, unsigned b)
{
    bool as_write = (a & ACCESS_WRITE) != 0 || (b & ACCESS_WRITE) == 0;
    bool as_plain = (a & ACCESS_ATOMIC) == 0 || (b & ACCESS_ATOMIC) != 0;

    return as_write && as_plain;
}

/* `t` has a pointer to what was a variable of a function that has returned, on
 * the stack of who used it before: that ends the run. */
static void used_after_return(struct rt_thread *t, const struct slot *before,
                              uint32_t context)
{
    if (atomic_load(&rt->afterlife)) {
        return;
    }
    access_leave();
    rt_lock();
    rt_note(NOTE_USE_AFTER_RETURN, t, -1, before->thread - 1,
            &context_of(context)->at, &context_of(before->context)->at, "");
    rt_finish(END_FAILED);
}

/* Drops from the list behind `cell` what the new access covers, and reports
 * the first one it races with. `at`: of the eight bytes. */
static void compare(struct rt_thread *t, struct slot *cell,
                    const struct slot *now, const struct access *a,
                    uintptr_t at)
{
    uint32_t *link = &cell->next;
    struct slot *s = cell;
    bool head = true;

    while (s != NULL && s->thread != 0) {
        bool ordered =
            s->thread == now->thread || hb_before(s->thread - 1, s->epoch, t);
        uint32_t next = s->next;
        if ((s->kind & FORBIDDEN) != 0 && (s->bytes & now->bytes) != 0) {
            int first = __builtin_ctz(s->bytes & now->bytes);
            heap_misused(t, at + (unsigned)first,
                         &context_of(now->context)->at);
        }
        if (s->thread != now->thread &&
            frames_have_left(&rt->threads[s->thread - 1], at)) {
            used_after_return(t, s, now->context);
        }
        if (!ordered && (s->bytes & now->bytes) != 0 &&
            conflict(s->kind, now->kind)) {
            report(t, a, s, now->context);
        }
        if (ordered && (s->bytes & ~now->bytes) == 0 &&
            covers(now->kind, s->kind)) {
            if (head) {
                s->bytes = 0; /* the new one takes its place */
            } else {
                give_slot(*link);
                *link = next;
            }
        } else if (!head) {
            link = &s->next;
        }
        head = false;
        s = *link != 0 ? &pool[*link] : NULL;
    }
}

static inline unsigned bytes_of(uintptr_t addr, size_t size)
{
    return ((1u << size) - 1) << (addr & 7);
}

static inline bool says_it_all(const struct rt_thread *t,
                               const struct slot *cell, unsigned bytes,
                               unsigned kind)
{
    return cell->thread == rt_index(t) + 1 &&
           cell->epoch == hb_of(t)->of[rt_index(t)] &&
           (bytes & ~(unsigned)cell->bytes) == 0 && covers(cell->kind, kind) &&
           ((cell->kind | kind) & FORBIDDEN) == 0;
}

bool shadow_known(const struct rt_thread *t, uintptr_t addr, size_t size,
                  unsigned kind)
{
    const struct slot *cell;

    if (rt->report_count > 0) {
        return true; /* nobody asks any more */
    }
    if ((addr & 7) + size > 8) {
        return false;
    }
    cell = cell_of(addr, false);
    return cell != NULL && says_it_all(t, cell, bytes_of(addr, size), kind);
}

/* The new head of the list; the old one goes behind it. */
static void push(struct slot *cell, const struct slot *now)
{
    uint32_t next = cell->next, old;

    if (cell->thread != 0 && cell->bytes != 0) {
        old = take_slot();
        if (old != 0) { /* else it is forgotten, and we know less */
            pool[old] = *cell;
            next = old;
        }
    }
    *cell = *now;
    cell->next = next;
}

/* `bytes` of the eight that `cell` is for, which are at `at`. `context`: of the
 * access, or 0 if it was not needed so far. */
static void touch(struct rt_thread *t, struct slot *cell, uintptr_t at,
                  unsigned bytes, const struct access *a, uint32_t *context)
{
    struct slot now = {.epoch = hb_of(t)->of[rt_index(t)],
                       .thread = (uint16_t)(rt_index(t) + 1),
                       .bytes = (uint8_t)bytes,
                       .kind = (uint8_t)a->kind};

    if (says_it_all(t, cell, bytes, a->kind)) {
        return;
    }
    if (*context == 0) {
        *context = context_here(t, a->pc, a->frame);
    }
    now.context = *context;
    compare(t, cell, &now, a, at);
    if (cell->thread == now.thread && cell->epoch == now.epoch &&
        cell->kind == now.kind && cell->context == now.context &&
        cell->bytes != 0) {
        cell->bytes |= now.bytes; /* a loop over neighbours */
        return;
    }
    push(cell, &now);
}

void shadow_access(struct rt_thread *t, const struct access *a)
{
    uintptr_t end = a->addr + a->size;
    uint32_t context = 0;

    for (uintptr_t at = a->addr; at < end && rt->report_count == 0;) {
        uintptr_t next = (at | 7) + 1;
        size_t count = (next < end ? next : end) - at;
        struct slot *cell = cell_of(at, true);
        if (cell == NULL) {
            return;
        }
        touch(t, cell, at & ~(uintptr_t)7, bytes_of(at, count), a, &context);
        at = next;
    }
}

void shadow_forbid(struct rt_thread *t, uintptr_t from, uintptr_t to)
{
    for (uintptr_t at = from; at < to;) {
        uintptr_t next = (at | 7) + 1;
        struct slot *cell = cell_of(at, true);
        next = next < to ? next : to;
        if (cell == NULL) {
            return;
        }
        push(cell, &(struct slot){.epoch = hb_of(t)->of[rt_index(t)],
                                  .thread = (uint16_t)(rt_index(t) + 1),
                                  .bytes = (uint8_t)bytes_of(at, next - at),
                                  .kind = ACCESS_WRITE | ACCESS_BEYOND});
        at = next;
    }
}

static void forget_cell(struct slot *cell)
{
    while (cell->next != 0) {
        uint32_t next = cell->next;
        cell->next = pool[next].next;
        give_slot(next);
    }
    *cell = (struct slot){0};
}

/* As much of the range as is in this page. */
static void forget_in(struct page *p, uintptr_t from, uintptr_t to)
{
    uintptr_t start = p->number * PAGE, end = start + PAGE;

    start = from > start ? from & ~(uintptr_t)7 : start;
    for (end = to < end ? to : end; start < end; start += 8) {
        forget_cell(&p->cells[start % PAGE / 8]);
    }
}

void shadow_forget(uintptr_t from, uintptr_t to)
{
    uintptr_t first = from / PAGE, count = (to - 1) / PAGE - first + 1;

    history_forget(from, to);
    if (count > page_count) { /* a large block, or a stack */
        for (unsigned i = 0; i < page_count; i++) {
            forget_in(&pages[taken[i]], from, to);
        }
        return;
    }
    for (uintptr_t n = first; to > from && n < first + count; n++) {
        struct page *p = page_at(n);
        if (p->number != 0) {
            forget_in(p, from, to);
        }
    }
}
