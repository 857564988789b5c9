/* SPDX-License-Identifier: MIT */
/* stack.c - the child's signal handlers: where a thread crashed, and where a
 * thread that never calls anything is spinning.
 *
 * They are installed with libc's own sigaction, past a sanitizer's, because
 * a sanitizer may keep a signal back until the thread makes a call, and a
 * spinning thread makes none. The handlers only walk frame pointers and
 * store to the shared page, which is safe at any instant. */
#include "arena.h"
#include "case.h"
#include "fiber.h"

#include <string.h>
#include <ucontext.h>

enum { ALT_STACK = 32768 };
static char (*alt_stacks)[ALT_STACK]; /* by record; NULL: none */

static void walk_context(struct rt_stack *out, const struct rt_thread *t,
                         const void *context)
{
    const ucontext_t *uc = context;
    const greg_t *r = uc->uc_mcontext.gregs;
    struct rt_stack rest;

    rt_walk(&rest, (const void *)(uintptr_t)r[REG_RBP], t->stack_top);
    out->depth = 1;
    out->pc[0] = (uintptr_t)r[REG_RIP] + 1; /* as if it were a return address */
    for (int i = 0; i < rest.depth && out->depth < RT_STACK; i++) {
        out->pc[out->depth++] = rest.pc[i];
    }
}

extern char __executable_start, __etext;

static bool in_program(uintptr_t pc)
{
    return pc >= (uintptr_t)&__executable_start && pc < (uintptr_t)&__etext;
}

/* A return address follows a call: e8 with four bytes, or ff with one, two
 * or five more (Intel SDM, CALL). */
static bool after_call(uintptr_t pc)
{
    const unsigned char *p = (const unsigned char *)pc;

    return in_program(pc - 7) &&
           (p[-5] == 0xe8 || p[-2] == 0xff || p[-3] == 0xff || p[-6] == 0xff);
}

static bool is_in(const struct rt_stack *s, uintptr_t pc)
{
    for (int i = 0; i < s->depth; i++) {
        if (s->pc[i] == pc) {
            return true;
        }
    }
    return false;
}

/* A crash inside the C library: it keeps no frame pointers, so the place in
 * the program that called it is looked for on the stack. The runtime's own
 * functions may have it there, too, as an argument. */
static void find_caller(struct rt_stack *out, const struct rt_thread *t,
                        const void *context)
{
    const ucontext_t *uc = context;
    uintptr_t sp = (uintptr_t)uc->uc_mcontext.gregs[REG_RSP];

    if (in_program(out->pc[0])) {
        return;
    }
    if (atomic_load(&t->state) != RT_RUNNING && t->wait.depth > 0) {
        *out = t->wait; /* inside a wrapped call: it is known */
        return;
    }
    out->depth = 0;
    for (sp &= ~(uintptr_t)7; sp < t->stack_top && out->depth < 4; sp += 8) {
        uintptr_t pc = *(const uintptr_t *)sp;
        if (in_program(pc) && after_call(pc) && !is_in(out, pc)) {
            out->pc[out->depth++] = pc;
        }
    }
}

enum { BELOW = 65536 }; /* bytes under the stack pointer that a push may use */

/* In its own frame, or just below, nothing faults but the end of the stack. */
static bool is_full(const struct rt_thread *t, uintptr_t addr,
                    const void *context)
{
    const ucontext_t *uc = context;
    uintptr_t sp = (uintptr_t)uc->uc_mcontext.gregs[REG_RSP];
    uintptr_t base = (uintptr_t)uc->uc_mcontext.gregs[REG_RBP];

    return addr + BELOW >= sp && addr < base && base <= t->stack_top;
}

static void end_by(int sig, struct rt_thread *t)
{
    rt->crash_signal = sig;
    rt->crash_thread = rt_index(t);
    rt_case_signal(sig);
    if (atomic_load(&rt->lock) == 0) {
        rt_went_on(t);
    }
    rt_finish(END_CRASH);
}

static void on_crash(int sig, siginfo_t *info, void *context)
{
    struct rt_thread *t = rt_self();

    rt->crash_addr = sig == SIGABRT ? 0 : (uintptr_t)info->si_addr;
    rt->crash_full = sig == SIGSEGV && is_full(t, rt->crash_addr, context);
    walk_context(&rt->crash, t, context);
    find_caller(&rt->crash, t, context);
    end_by(sig, t);
}

/* glibc's other name for it, which no sanitizer intercepts. */
extern int __sigaction(int sig, const struct sigaction *action,
                       struct sigaction *old);

bool rt_handled(int sig, struct sigaction *now)
{
    return __sigaction(sig, NULL, now) == 0 && now->sa_handler != SIG_DFL &&
           now->sa_handler != SIG_IGN && now->sa_sigaction != on_crash &&
           sig != RT_SAMPLE_SIGNAL;
}

void rt_crash(int sig, const void *frame)
{
    struct rt_thread *t = rt_self();
    struct sigaction now;

    if (__sigaction(sig, NULL, &now) == 0 && now.sa_sigaction == on_crash) {
        rt_walk(&rt->crash, frame, t->stack_top);
        end_by(sig, t);
    }
}

/* A jump to itself: what optimisers make of a loop that waits for a variable
 * that is not atomic. (Intel SDM, JMP rel8.) */
static bool is_in_place(const void *context)
{
    const ucontext_t *uc = context;
    uintptr_t pc = (uintptr_t)uc->uc_mcontext.gregs[REG_RIP];
    const unsigned char *p = (const unsigned char *)pc;

    return in_program(pc) && p[0] == 0xeb && p[1] == 0xfe;
}

enum { FAR = 4096 }; /* bytes of code looked through for it */

/* That jump has no line of its own. The branch that led there has: a condition
 * that was met once. (Jcc rel8 and rel32.) */
static uintptr_t branch_to(uintptr_t pc)
{
    for (uintptr_t at = pc - FAR; at < pc + FAR; at++) {
        const unsigned char *p = (const unsigned char *)at;
        if (!in_program(at) || !in_program(at + 6)) {
            continue;
        }
        if (p[0] >> 4 == 7 && at + 2 + (uintptr_t)(signed char)p[1] == pc) {
            return at;
        }
        if (p[0] == 0x0f && p[1] >> 4 == 8) {
            int32_t far;
            memcpy(&far, p + 2, sizeof far);
            if (at + 6 + (uintptr_t)far == pc) {
                return at;
            }
        }
    }
    return pc;
}

static void on_sample(int sig, siginfo_t *info, void *context)
{
    struct rt_thread *t = rt_self();

    (void)sig;
    (void)info;
    walk_context(&t->wait, t, context);
    if (is_in_place(context)) {
        t->wait.pc[0] = branch_to(t->wait.pc[0] - 1) + 1;
        atomic_store(&t->in_place, true);
    }
    atomic_store(&t->sampled, true);
    for (int i = 0; rt->fibers && i < atomic_load(&rt->thread_count); i++) {
        struct rt_thread *other = &rt->threads[i];
        if (other != t && atomic_load(&other->state) == RT_RUNNING) {
            rt_walk(&other->wait, fiber_frame(other), other->stack_top);
            atomic_store(&other->sampled, true);
        }
    }
}

void rt_handlers_prepare(void)
{
    alt_stacks = arena_map(RT_THREADS * sizeof *alt_stacks);
}

void rt_alt_stack(int index)
{
    if (alt_stacks != NULL) {
        stack_t alt = {.ss_sp = alt_stacks[index], .ss_size = ALT_STACK};
        sigaltstack(&alt, NULL);
    }
}

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL,
                            SIGABRT, SIGSYS, SIGTRAP};

void rt_handlers_remove(void)
{
    struct sigaction now;

    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) {
        if (__sigaction(fatal[i], NULL, &now) == 0 &&
            now.sa_sigaction == on_crash) {
            signal(fatal[i], SIG_DFL);
        }
    }
}

void rt_handlers_install(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    action.sa_sigaction = on_crash;
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) {
        __sigaction(fatal[i], &action, NULL);
    }
    action.sa_flags |= SA_RESTART;
    action.sa_sigaction = on_sample;
    __sigaction(RT_SAMPLE_SIGNAL, &action, NULL);
}
