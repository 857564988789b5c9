/* SPDX-License-Identifier: MIT */
/* program.c - the one case of a whole program: its main(), which the linker
 * knows as tl_main.
 *
 * The program's main runs on a thread of its own, so that it is a thread like
 * any other: it may end by pthread_exit and be joined, under every tool. The
 * process's first thread sleeps meanwhile; it comes back only when all others
 * have ended, to end the process as the last of them would have.
 *
 * When the program ends while others are still at work, the exploration lets
 * those go on for a while: the afterlife. What happens there is no part of the
 * run. It only answers one question: was there output still to come? If so it
 * was lost, and whether it is depends on who is faster. */
#include "case.h"
#include "scheduler.h"
#include "wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern int tl_main(int argc, char **argv, char **env);
extern void __real_exit(int status) __attribute__((noreturn));
extern int __real_pthread_sigmask(int how, const sigset_t *set, sigset_t *old);

const bool rt_case_whole = true;

struct rt_case {
    int argc;
    char **argv;
};
static struct rt_case program;

void rt_case_list(void (*each)(const char *name, double timeout, void *ctx),
                  void *ctx)
{
    each("main", 0, ctx);
}

struct rt_case *rt_case_find(const char *name)
{
    program = (struct rt_case){rt_argc, rt_argv};
    return strcmp(name, "main") == 0 ? &program : NULL;
}

/* Whoever holds the stream's lock may never run again. */
static void flush(FILE *f)
{
    if (ftrylockfile(f) == 0) {
        fflush_unlocked(f);
        funlockfile(f);
    }
}

static long printed(void)
{
    flush(stdout);
    return (long)lseek(STDOUT_FILENO, 0, SEEK_END);
}

/* Joinable threads that nobody joined. An error exit is not held up by them,
 * nor a main that left by pthread_exit or whose work another thread cut short.
 */
static void note_not_joined(const struct rt_thread *self)
{
    int count = atomic_load(&rt->thread_count);
    bool ended_by_main = rt_index(self) == 0 && rt->exit_status == 0 &&
                         !atomic_load(&self->returned);

    for (int i = 1; i < count && ended_by_main; i++) {
        struct rt_thread *t = &rt->threads[i];
        if (!t->joined && !t->detached && !atomic_load(&t->join_begun)) {
            rt_note(NOTE_NOT_JOINED, t, -1, -1, &t->created, NULL, "");
        }
    }
}

/* -- the afterlife ----------------------------------------------------------
 */

enum { AFTER_STEPS = 5000 };

static bool anybody_left(const struct rt_thread *self)
{
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        if (&rt->threads[i] != self && rt->threads[i].turn != TURN_GONE) {
            return true;
        }
    }
    return false;
}

static void judge_afterlife(void);

/* For the others it is as if the thread had ended instead. */
static void live_on(struct rt_thread *t)
{
    for (int i = 0; i < atomic_load(&rt->thread_count); i++) {
        struct rt_thread *other = &rt->threads[i];
        other->cut_short = other != t && other->turn != TURN_GONE;
    }
    rt->printed = printed();
    rt->after_steps = rt->steps + AFTER_STEPS;
    rt_epilogue = judge_afterlife;
    atomic_store(&rt->afterlife, true);
    rt_thread_over(t);
}

/* Somebody who was cut short has come to an end, and there is more output
 * than there was. */
static void judge_afterlife(void)
{
    bool more = printed() > rt->printed;

    atomic_store(&rt->afterlife, false); /* notes count again */
    for (int i = 0; more && i < atomic_load(&rt->thread_count); i++) {
        struct rt_thread *t = &rt->threads[i];
        if (t->cut_short && t->turn == TURN_GONE) {
            rt_note(t->detached || i == 0 ? NOTE_CUT_SHORT_DETACHED
                                          : NOTE_CUT_SHORT,
                    t, -1, -1, i == 0 ? &rt->exit_at : &t->created,
                    &rt->exit_at, "");
            return;
        }
    }
}

/* -- the end ----------------------------------------------------------------
 */

/* The first handler that was registered, so the last that runs. */
static void last_handler(void)
{
    struct rt_thread *t = rt_self();

    if (rt_forked()) {
        return; /* its end is its parent's business */
    }
    flush(stdout);
    flush(stderr);
    rt_lock();
    note_not_joined(t);
    rt_order_judge();
    rt_unlock();
    if (rt->check_leaks && rt->failure_count == 0) {
        rt_tools_leaks();
    }
    if (sched_on() && rt->exit_status == 0 && anybody_left(t) &&
        strcmp(rt_tools_name(), "plain") == 0) {
        live_on(t);
    }
    rt_finish(END_COMPLETED);
}

static void end_at(const char *word, int status, const void *frame)
{
    struct rt_thread *t = rt_self();

    if (rt_forked()) {
        __real_exit(status);
    }
    if (atomic_load(&rt->afterlife)) {
        rt_thread_over(t);
    }
    rt->exit_status = status & 0xff; /* as its parent sees it */
    rt_walk(&rt->exit_at, frame, t->stack_top);
    if (word[0] == '_' || word[0] == 'q' || strncmp(word, "exec", 4) == 0) {
        rt_finish(END_COMPLETED);
    }
    __real_exit(status);
}

void rt_case_exit(const char *word, int status)
{
    end_at(word, status, __builtin_frame_address(0));
}

void rt_case_signal(int sig)
{
    (void)sig;
}

/* -- the beginning ----------------------------------------------------------
 */

static void *run_main(void *arg)
{
    const struct rt_case *c = arg;
    extern char **environ;
    sigset_t none;

    sigemptyset(&none);
    __real_pthread_sigmask(SIG_SETMASK, &none, NULL);
    end_at("", tl_main(c->argc, c->argv, environ), __builtin_frame_address(0));
    return NULL; /* not reached */
}

void rt_case_run(struct rt_case *c)
{
    atexit(last_handler);
    rt_first_thread(run_main, c);
    __real_exit(0); /* main left by pthread_exit, and now the others have too */
}
