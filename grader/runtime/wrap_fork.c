/* SPDX-License-Identifier: MIT */
/* wrap_fork.c - processes that the run forks. They are no part of the run: the
 * scheduler is off there, and the books go on in a private copy, for the
 * shared page tells of the run's own threads. How they end is their parent's
 * business.
 *
 * The first handler of pthread_atfork is the first to run in the new process,
 * before any code of the program could make a wrapped call there. */
#include "fiber.h"
#include "rt.h"
#include "scheduler.h"
#include "wrap.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

REAL(pid_t, vfork, (void));
REAL(void *, mmap, (void *, size_t, int, int, int, off_t));

static bool forked; /* this process */

bool rt_forked(void)
{
    return forked;
}

/* Word by word, and zeros not at all: most of it is never touched, and a
 * sanitizer's memcpy would mark it all. */
static struct run *private_copy(void)
{
    const volatile uint64_t *from = (const volatile uint64_t *)(void *)rt;
    uint64_t *to = __real_mmap(NULL, sizeof *rt, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (to == MAP_FAILED) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof *rt / sizeof *to; i++) {
        uint64_t word = from[i];
        if (word != 0) {
            to[i] = word;
        }
    }
    return (struct run *)(void *)to;
}

/* A crash here is to end this process by its signal. */
static void default_signals(void)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL,
                                SIGABRT, SIGSYS, SIGTRAP};

    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) {
        signal(fatal[i], SIG_DFL);
    }
}

static void in_child(void)
{
    struct run *copy = private_copy();

    if (copy == NULL) {
        syscall(SYS_exit_group, 1);
        return; /* never */
    }
    atomic_store(&copy->lock, 0); /* whoever had it is not here */
    copy->plan.noise = NOISE_QUIET;
    rt = copy;
    forked = true;
    sched_off();
    default_signals();
}

/* Who waits for a descriptor must look again: the other process may be the
 * one that serves it. */
static void in_parent(void)
{
    rt->has_help = rt_bound(); /* else it was the server */
    if (sched_on() && rt_bound()) {
        sched_unmodelled();
        sched_outside.look(true);
    }
}

void rt_forks_prepare(void)
{
    pthread_atfork(fiber_unfit, in_parent, in_child);
}

/* The new process would run on these very pages. */
pid_t __wrap_vfork(void)
{
    return fork();
}
