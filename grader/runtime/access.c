/* SPDX-License-Identifier: MIT */
/* access.c - see access.h.
 *
 * The compiler's own pass for ThreadSanitizer puts a call before each access
 * that it cannot prove private. The linker sends those calls here. In the
 * flavour `explore` there is nothing behind them; in `tsan` the real ones are,
 * and are jumped to, so that they see the program's own return address. */
#include "access.h"
#include "hb.h"
#include "scheduler.h"
#include "shadow.h"
#include "steps.h"
#include "strategy.h"
#include "wrap.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Without a call, before others have a go: accesses; reads of one place. */
enum { LONG = 1 << 23, SAME = 1 << 19 };

extern const char __executable_start, __etext;

static struct known { /* of the program's instructions; outlives a run */
    unsigned count;
    bool kept;             /* as it is */
    unsigned char races[]; /* by the offset of the return address: bit_of */
} * known;

static bool instrumented;

/* -- what is known --------------------------------------------------------- */

static size_t text_size(void)
{
    return (size_t)(&__etext - &__executable_start);
}

void access_prepare(void)
{
    void *p = mmap(NULL, sizeof *known + text_size(), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    known = p == MAP_FAILED ? NULL : p;
}

/* What `races` keeps: one call can read one block and write another. */
static unsigned char bit_of(unsigned kind)
{
    return (kind & (ACCESS_WRITE | ACCESS_FREE)) != 0 ? 2 : 1;
}

void access_races(uintptr_t pc, unsigned kind)
{
    size_t at = pc - (uintptr_t)&__executable_start;

    if (known != NULL && !known->kept && at < text_size()) {
        known->count += known->races[at] == 0;
        known->races[at] |= bit_of(kind);
    }
}

void access_keep(bool kept)
{
    if (known != NULL) {
        known->kept = kept;
    }
}

unsigned access_racing(void)
{
    return known != NULL ? known->count : 0;
}

void access_reset(void)
{
    if (access_racing() > 0) {
        memset(known, 0, sizeof *known + text_size());
    }
}

static bool races(uintptr_t pc, unsigned kind)
{
    size_t at = pc - (uintptr_t)&__executable_start;

    return at < text_size() && (known->races[at] & bit_of(kind)) != 0;
}

bool access_seen(void)
{
    return instrumented && known != NULL;
}

/* Called by each object that was compiled so; ThreadSanitizer's own takes the
 * place of this one where it is linked. */
__attribute__((weak)) void __tsan_init(void);
void __tsan_init(void)
{
    instrumented = true;
}

/* -- one at a time --------------------------------------------------------- */

static _Atomic int inside; /* number of a record, plus 1 */

bool access_enter(struct rt_thread **self)
{
    int nobody = 0, me;

    if (!hb_on() || rt_forked() || !rt_bound()) {
        return false;
    }
    *self = rt_self();
    me = rt_index(*self) + 1;
    if (atomic_load(&inside) == me) {
        return false;
    }
    /* Nearly always there is one thread that runs. */
    while (!atomic_compare_exchange_strong(&inside, &nobody, me)) {
        nobody = 0;
        syscall(SYS_sched_yield);
    }
    return true;
}

void access_leave(void)
{
    atomic_store(&inside, 0);
}

/* -- stacks ---------------------------------------------------------------- */

/* The library gives the stack of a past thread to a new one, which puts its
 * first frame where that one had its. */
static bool is_used_stack(uintptr_t top)
{
    enum { STACKS = 256 };
    static uintptr_t tops[STACKS];
    static int count;

    for (int i = 0; i < count; i++) {
        if (tops[i] == top) {
            return true;
        }
    }
    if (count == STACKS) {
        return true; /* perhaps */
    }
    tops[count++] = top;
    return false;
}

void access_stack(struct rt_thread *t)
{
    struct rt_thread *self;
    uintptr_t top;

    if (rt->fibers || !access_enter(&self)) {
        return; /* fiber.c sees to it */
    }
    if (rt_own_stack(&t->stack_low, &top) && is_used_stack(t->stack_top)) {
        shadow_forget(t->stack_low, top);
    }
    access_leave();
}

/* -- accesses -------------------------------------------------------------- */

void access_forget(uintptr_t from, uintptr_t to)
{
    struct rt_thread *t;

    if (access_enter(&t)) {
        shadow_forget(from, to);
        access_leave();
    }
}

/* `t` has gone on after a spurious wake-up, and this is what it touches first.
 * If the code for that stands before the wait, in one of the functions that
 * were waiting, it has gone back to look: it is in a loop, and did not take the
 * wake-up for a signal. (Holds for code that was not optimised.) */
static void learn_after_wake(struct rt_thread *t, const void *frame)
{
    const uintptr_t *fp = frame;
    int levels = t->woken_levels;

    t->woken_levels = 0;
    for (int depth = 0; levels > 0 && depth < RT_STACK; depth++) {
        for (int i = 0; i < levels; i++) {
            if (t->woken_in[i].frame == fp[0]) {
                t->woken_from = fp[1] < t->woken_in[i].pc ? -1 : t->woken_from;
                return;
            }
        }
        if (fp[0] <= (uintptr_t)fp || fp[0] >= t->stack_top) {
            return;
        }
        fp = (const uintptr_t *)fp[0];
    }
}

void access_made(uintptr_t addr, size_t size, unsigned kind, uintptr_t pc,
                 const void *frame)
{
    struct access a = {addr, size, kind, pc, frame};
    struct rt_thread *t;

    if (access_enter(&t)) {
        if (t->woken_levels > 0) {
            learn_after_wake(t, frame);
        }
        shadow_access(t, &a);
        access_leave();
    }
}

enum rt_op access_op(unsigned kind)
{
    return (kind & ACCESS_FREE) != 0    ? OP_FREE
           : (kind & ACCESS_WRITE) != 0 ? OP_WRITE
                                        : OP_READ;
}

/* The contents are not worth a line, and may be gone. */
void access_tell(const struct rt_thread *t, uintptr_t addr, unsigned kind,
                 uintptr_t pc)
{
    if (known != NULL && races(pc, kind)) {
        step_access(t, access_op(kind), (const void *)addr, SIZE_MAX, pc);
    }
}

void access_block(uintptr_t addr, size_t size, unsigned kind, uintptr_t pc,
                  const void *frame)
{
    if (sched_on() && rt_bound()) {
        access_tell(rt_self(), addr, kind, pc);
    }
    access_made(addr, size, kind, pc, frame);
}

void access_instead(const void *addr, size_t size, unsigned kind, uintptr_t pc,
                    const void *frame)
{
    access_block((uintptr_t)addr, size, kind, pc, frame);
    if (rt_bound()) {
        rt_tools_touch((void *)(uintptr_t)addr, size,
                       (kind & ACCESS_WRITE) != 0, pc);
    }
}

/* It runs on and on, and most likely waits for somebody. */
static bool is_long(struct rt_thread *t, const volatile void *p, unsigned kind)
{
    t->again = kind == ACCESS_READ && p == t->last ? t->again + 1 : 0;
    t->last = p;
    if (t->again == SAME) {
        t->again = 0;
        return true;
    }
    return t->choices % LONG == 0;
}

/* The place has a name even where nothing is decided: see scheduler.h. */
static void point(struct rt_thread *t, const volatile void *p, size_t size,
                  unsigned kind, uintptr_t pc)
{
    bool racing = races(pc, kind);

    t->choices++;
    if (is_long(t, p, kind)) {
        sched_point(t, true);
    } else if (racing ||
               (rt->schedule.choice_count > 0 && strategy_replay_due(t)) ||
               atomic_load_explicit(&t->baton, memory_order_relaxed) == 0) {
        sched_access(t);
    }
    if (racing) {
        sched_touch((const void *)((uintptr_t)p & ~(uintptr_t)7),
                    kind == ACCESS_READ ? TOUCH_READ : TOUCH_WRITE);
        step_access(t, access_op(kind), p, size, pc);
    }
}

static void accessed(const volatile void *p, size_t size, unsigned kind,
                     uintptr_t pc, const void *frame)
{
    struct rt_thread *t;

    if (!sched_on() || !rt_bound() || known == NULL) {
        return;
    }
    t = &rt->threads[rt_self_index];
    point(t, p, size, kind, pc);
    if (hb_on() && !shadow_known(t, (uintptr_t)p, size, kind)) {
        access_made((uintptr_t)p, size, kind, pc, frame);
    }
}

#define HOOK(name, size, kind)                                          \
    extern __attribute__((weak)) void __real___tsan_##name(void *p);    \
    void __wrap___tsan_##name(void *p);                                 \
    GIVES_ITS_FRAME void __wrap___tsan_##name(void *p)                  \
    {                                                                   \
        accessed(p, size, kind, RT_CALLER, __builtin_frame_address(0)); \
        if (__real___tsan_##name != NULL) {                             \
            __real___tsan_##name(p);                                    \
        }                                                               \
    }

#define HOOKS(size)                               \
    HOOK(read##size, size, ACCESS_READ)           \
    HOOK(write##size, size, ACCESS_WRITE)         \
    HOOK(unaligned_read##size, size, ACCESS_READ) \
    HOOK(unaligned_write##size, size, ACCESS_WRITE)

HOOK(read1, 1, ACCESS_READ)
HOOK(write1, 1, ACCESS_WRITE)
HOOKS(2)
HOOKS(4)
HOOKS(8)
HOOKS(16)
