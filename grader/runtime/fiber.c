/* SPDX-License-Identifier: MIT */
/* fiber.c - see fiber.h. */
#include "fiber.h"
#include "access.h"
#include "arena.h"
#include "wrap.h"

#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <valgrind/valgrind.h>

REAL(int, pthread_create,
     (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *));

#if defined(__x86_64__)

/* What the callee saves, and the control words of both floating-point units;
 * the stack pointer is all there is to keep, where %rdi says. */
#define SAVE                                                                 \
    "    push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n" \
    "    sub $8, %rsp; stmxcsr (%rsp); fnstcw 4(%rsp)\n"                     \
    "    mov %rsp, (%rdi)\n"
__asm__(".text\n"
        ".type fiber_load, @function\n"
        "fiber_load:\n" /* (void **save, void *load, uintptr_t fs) */
        SAVE "    mov %rsi, %rsp\n"
        "    wrfsbase %rdx\n"
        "    ldmxcsr (%rsp); fldcw 4(%rsp); add $8, %rsp\n"
        "    pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
        "    ret\n"
        ".size fiber_load, . - fiber_load\n"
        ".type fiber_park, @function\n"
        "fiber_park:\n" /* (void **save) */
        SAVE
        "    mov $60, %eax; xor %edi, %edi; syscall\n" /* exit: this thread */
        ".size fiber_park, . - fiber_park\n");
enum { SAVED_FRAME = 6 }; /* words from there to the frame pointer */

void fiber_load(void **save, void *load, uintptr_t fs);
void fiber_park(void **save);

static bool supported(void)
{
    const unsigned long fsgsbase = 2; /* HWCAP2_FSGSBASE, since Linux 5.9 */

    return (getauxval(AT_HWCAP2) & fsgsbase) != 0;
}

#else

enum { SAVED_FRAME = 0 };

static void fiber_load(void **save, void *load, uintptr_t fs)
{
    (void)save;
    (void)load;
    (void)fs;
}

static void fiber_park(void **save)
{
    (void)save;
}

static bool supported(void)
{
    return false;
}

#endif

enum {
    FIBERS = 16,     /* each makes every fork a little dearer */
    COPY = 1 << 16,  /* bytes; who has more thread-local memory is used once */
    TCB_WORDS = 512, /* of the library's record, to look for the number in */
    FREE_TID = 1 << 22 /* no thread of the kernel's has a number so large */
};

/* Parked ones, in the order they are handed out. All that makes it a thread
 * stands from `sp` to `top`, so a copy of that can be one again. */
static struct fiber {
    void *sp;
    uintptr_t low, top; /* of its stack and, above it, thread-local memory */
    pthread_t handle;
    char *copy; /* of what was there when it parked; NULL: too much */
    _Atomic uint32_t *tid;   /* in the library's record: 0 once it has left */
    _Atomic uint32_t looked; /* for that */
    struct rt_thread *thread;
    void *(*enter)(void *);
} fibers[FIBERS];
static int made, used;
static struct fiber *past[FIBERS]; /* may be used again, the last one first */
static int past_count;
static uint32_t begun;
static bool impossible;

static struct fiber *of[RT_THREADS];

static void *stopped[RT_THREADS]; /* stack pointers of those not running */
static void *first;               /* the same of the process's first thread */
static uintptr_t first_fs;

static void *fiber_main(void *arg)
{
    struct fiber *f = arg;
    uint32_t number = (uint32_t)syscall(SYS_gettid);
    _Atomic uint32_t *word = (_Atomic uint32_t *)pthread_self();

    f->handle = pthread_self();
    rt_own_stack(&f->low, &f->top);
    /* It comes behind two pointers, so at a multiple of 8 bytes. Elsewhere the
     * upper half of an address may be the same number: 0x7f52 is 32594. */
    for (int i = 0; i < TCB_WORDS && f->tid == NULL; i += 2) {
        f->tid = atomic_load(&word[i]) == number ? &word[i] : NULL;
    }
    atomic_store(&f->looked, 1);
    rt_futex_wake(&f->looked);
    if (f->tid == NULL) {
        return NULL;
    }
    fiber_park(&f->sp);
    return f->enter(f->thread); /* in a child */
}

/* The kernel clears the number of a thread that has left, and wakes who waits
 * for that: which proves that it is the number. */
static bool make_one(struct fiber *f)
{
    pthread_t handle;
    uint32_t seen;

    if (__real_pthread_create(&handle, NULL, fiber_main, f) != 0) {
        return false;
    }
    while (atomic_load(&f->looked) == 0) {
        rt_futex_wait(&f->looked, 0);
    }
    while (f->tid != NULL && (seen = atomic_load(f->tid)) != 0) {
        rt_futex_wait(f->tid, seen);
    }
    return f->tid != NULL;
}

static size_t copy_size(const struct fiber *f)
{
    return f->top - (uintptr_t)f->sp;
}

/* Not before all are made: the library chains the records of its threads. */
static void copy_all(void)
{
    static char *copies;

    if (copies == NULL) {
        copies = arena_map((size_t)FIBERS * COPY);
    }
    for (int i = 0; i < made && copies != NULL; i++) {
        struct fiber *f = &fibers[i];
        if (f->top != 0 && copy_size(f) <= COPY) {
            f->copy = copies + (size_t)i * COPY;
            memcpy(f->copy, f->sp, copy_size(f));
        }
    }
}

bool fiber_prepare(int count)
{
    int before = made;

    impossible = impossible || !supported() || RUNNING_ON_VALGRIND ||
                 strcmp(rt_tools_name(), "plain") != 0;
    while (!impossible && made < count && made < FIBERS) {
        impossible = !make_one(&fibers[made]);
        made += !impossible;
    }
    if (made > before) {
        copy_all();
    }
    return !impossible && count <= made;
}

static struct fiber *take(void)
{
    struct fiber *f;

    if (past_count > 0) {
        f = past[--past_count];
        memcpy(f->sp, f->copy, copy_size(f));
        access_forget(f->low, f->top);
        return f;
    }
    return used < made ? &fibers[used++] : NULL;
}

void fiber_begin(struct rt_thread *t, void *(*enter)(void *))
{
    struct fiber *f = take();

    if (f == NULL) {
        rt_finish(END_UNFIT);
    }
    f->thread = t;
    f->enter = enter;
    atomic_store(f->tid, FREE_TID + ++begun);
    t->handle = f->handle;
    t->stack_low = f->low;
    of[rt_index(t)] = f;
    stopped[rt_index(t)] = f->sp;
}

void fiber_past(const struct rt_thread *t)
{
    struct fiber *f = of[rt_index(t)];

    if (f != NULL && f->copy != NULL) {
        past[past_count++] = f;
    }
    of[rt_index(t)] = NULL; /* once is enough */
}

void fiber_switch(struct rt_thread *from, struct rt_thread *to)
{
    fiber_load(&stopped[rt_index(from)], stopped[rt_index(to)],
               (uintptr_t)to->handle);
}

void fiber_first(void)
{
    first_fs = (uintptr_t)pthread_self();
    fiber_load(&first, stopped[0], (uintptr_t)rt->threads[0].handle);
}

void fiber_finish(void)
{
    void *unused;

    fiber_load(&unused, first, first_fs);
    __builtin_unreachable();
}

const void *fiber_frame(const struct rt_thread *t)
{
    return ((void **)stopped[rt_index(t)])[SAVED_FRAME];
}

void fiber_unfit(void)
{
    if (rt_bound() && rt->fibers) {
        rt_finish(END_UNFIT);
    }
}
