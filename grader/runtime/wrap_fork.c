/* SPDX-License-Identifier: MIT */
/* wrap_fork.c - processes that the run forks. They are no part of the run: the
 * scheduler is off there, and the books go on in a private copy, for the
 * shared page tells of the run's own threads. How they end is their parent's
 * business.
 *
 * The first handler of pthread_atfork is the first to run in the new process,
 * before any code of the program could make a wrapped call there. */
#include "fiber.h"
#include "io.h"
#include "rt.h"
#include "scheduler.h"
#include "wrap.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

REAL(pid_t, vfork, (void));
REAL(pid_t, wait, (int *));
REAL(pid_t, waitpid, (pid_t, int *, int));
REAL(pid_t, wait4, (pid_t, int *, int, struct rusage *));
REAL(int, waitid, (idtype_t, id_t, siginfo_t *, int));
REAL(void *, mmap, (void *, size_t, int, int, int, off_t));

static bool forked;        /* this process */
static struct run *common; /* the page it shared with its parent */
static int forker,
    others; /* records: who came along, and how many there were */

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

/* A signal that comes in between would find the handlers of the run. */
static __thread uint64_t signals_before;

static void before(void)
{
    static const uint64_t all = UINT64_MAX;

    fiber_unfit();
    sched_forks();
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &signals_before, sizeof all);
}

static void let_signals_in(void)
{
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &signals_before, NULL,
            sizeof signals_before);
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
    common = forked ? common : rt;
    forker = rt_self_index;
    others = atomic_load(&rt->thread_count);
    rt = copy;
    forked = true;
    sched_off();
    rt_handlers_remove(); /* a crash is to end it by its signal */
    let_signals_in();
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
    let_signals_in();
}

/* A new process has only the thread that forked. What any other one held at
 * that moment stays locked. The run's own process is the leader of its group;
 * it is ended for the server to look at the books. */
void rt_forked_wait(int object, const struct rt_stack *at, const char *word)
{
    const struct rt_object *o;

    if (object < 0 || rt->debugged || atomic_load(&common->end) != END_NONE ||
        common->note_count >= RT_NOTES) {
        return;
    }
    o = &rt->objects[object];
    if (o->owner < 0 || o->owner >= others || o->owner == forker) {
        return; /* somebody who is in there */
    }
    common->notes[common->note_count] =
        (struct rt_note){.kind = NOTE_FORKED_LOCK,
                         .thread = forker,
                         .object = object,
                         .other = o->owner,
                         .at = *at,
                         .also = {1, {o->acquired_pc}}};
    strncpy(common->notes[common->note_count].word, word,
            sizeof common->notes[0].word - 1);
    common->note_count++;
    common->end_cookie = common->cookie;
    atomic_store(&common->end, END_FAILED);
    syscall(SYS_kill, getpgrp(), SIGKILL);
}

void rt_forks_prepare(void)
{
    pthread_atfork(before, in_parent, in_child);
}

/* The new process would run on these very pages. */
pid_t __wrap_vfork(void)
{
    return fork();
}

/* -- the end of a process ------------------------------------------------- */

IO_OUTSIDE(pid_t, wait, (int *status), __real_wait(status), false, status,
           sizeof *status)
IO_OUTSIDE(pid_t, waitpid, (pid_t pid, int *status, int options),
           __real_waitpid(pid, status, options), (options & WNOHANG) != 0,
           status, sizeof *status)
IO_OUTSIDE(pid_t, wait4,
           (pid_t pid, int *status, int options, struct rusage *usage),
           __real_wait4(pid, status, options, usage), (options & WNOHANG) != 0,
           status, sizeof *status)
IO_OUTSIDE(int, waitid, (idtype_t type, id_t id, siginfo_t *info, int options),
           __real_waitid(type, id, info, options), (options & WNOHANG) != 0,
           info, sizeof *info)
