/* SPDX-License-Identifier: MIT */
/* watch.c - a run, watched from outside.
 *
 * The server looks at the child every few milliseconds and can prove three
 * things no clock is needed for:
 *
 *   quiet  every thread sleeps. Proof by double collect:
 *          read state and context-switch count of each thread twice; if all
 *          slept both times and no count moved, there was an instant
 *          between the two readings when all slept at once.
 *   stuck  quiet, and every thread is in an untimed wait that only another
 *          thread could end: nothing will ever happen again.
 *   in place  whoever runs does so in a jump to itself (stack.c), and
 *          everybody else waits as above: nobody will ever leave it.
 *
 * What cannot be proved is bounded by progress time, which runs at the
 * child's own processor time while it computes and at wall time while it
 * sleeps. A loaded machine therefore does not bring a timeout nearer. */
#include "case.h"
#include "scheduler.h"
#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    SPIN_FACTOR = 20,    /* times the whole undisturbed run */
    SPIN_FLOOR_MS = 600, /* and at least this much processor time */
    WALL_FACTOR = 20,    /* last resort: limit_ms times this, wall time */
};

/* The server waits too, but is no part of a run. */
extern int __real_sigtimedwait(const sigset_t *set, siginfo_t *info,
                               const struct timespec *limit);

static long thread_cpu[RT_THREADS];

long server_thread_cpu_ms(int index)
{
    return thread_cpu[index];
}

static long now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

long now_ms(void)
{
    return now_us() / 1000;
}

/* utime + stime of a /proc/.../stat line, in milliseconds; -1 if none. */
static long stat_cpu_ms(const char *path)
{
    char buf[1024];
    const char *p;
    unsigned long user, system;

    if (!rt_slurp(path, buf, sizeof buf) || (p = strrchr(buf, ')')) == NULL ||
        sscanf(p, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
               &user, &system) != 2) {
        return -1;
    }
    return (long)((user + system) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK));
}

static long process_cpu_ms(pid_t pid)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    return stat_cpu_ms(path);
}

static long process_memory_mb(pid_t pid)
{
    char path[64], buf[128];
    long pages = 0;

    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    if (!rt_slurp(path, buf, sizeof buf) ||
        sscanf(buf, "%*d %ld", &pages) != 1) {
        return 0;
    }
    return pages * (sysconf(_SC_PAGESIZE) / 1024) / 1024;
}

/* -- who sleeps ----------------------------------------------------------- */

struct look {
    int state; /* enum rt_state */
    unsigned long switches;
};

/* One reading of one thread. False: it is not asleep. A thread the kernel no
 * longer has, or keeps for the others' sake only (the first of a process), is
 * finished, whatever its last call left in the record. */
static bool look_at(pid_t pid, int tid, struct look *out)
{
    char path[64], buf[2048];
    const char *state, *v, *n;

    snprintf(path, sizeof path, "/proc/%d/task/%d/status", (int)pid, tid);
    state = rt_slurp(path, buf, sizeof buf) ? strstr(buf, "\nState:") : NULL;
    if (state == NULL || state[8] == 'Z' || state[8] == 'X') {
        out->state = RT_FINISHED;
        out->switches = 0;
        return true;
    }
    v = strstr(buf, "\nvoluntary_ctxt_switches:");
    n = strstr(buf, "\nnonvoluntary_ctxt_switches:");
    if (v == NULL || n == NULL || state[8] != 'S') {
        return false;
    }
    out->switches = strtoul(v + 25, NULL, 10) + strtoul(n + 28, NULL, 10);
    return true;
}

static bool collect(pid_t pid, struct look *looks, int count)
{
    for (int i = 0; i < count; i++) {
        struct rt_thread *t = &rt->threads[i];
        looks[i].state = atomic_load(&t->state);
        if (looks[i].state == RT_FINISHED && atomic_load(&t->tid) == 0) {
            continue; /* never came to life */
        }
        /* A thread on its way out still counts as awake: under Valgrind it
         * may hold the one lock that lets any thread run, and then others
         * that were woken already still look asleep. */
        if (atomic_load(&t->tid) == 0 ||
            !look_at(pid, atomic_load(&t->tid), &looks[i])) {
            return false;
        }
    }
    return true;
}

/* True if at one instant every thread slept. */
static bool quiet(pid_t pid, struct look *first)
{
    struct look second[RT_THREADS] = {0};
    int count = atomic_load(&rt->thread_count);

    if (!collect(pid, first, count) || !collect(pid, second, count) ||
        count != atomic_load(&rt->thread_count)) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (first[i].state != second[i].state ||
            first[i].switches != second[i].switches) {
            return false;
        }
    }
    return true;
}

/* A deadline that lies beyond the run's own limit is as good as none. */
static bool waits_for_ever(const struct look *looks, int i, long limit_ms)
{
    int target = rt->threads[i].wait_thread;

    switch (looks[i].state) {
    case RT_WAIT_JOIN: /* a finished thread may still be on its way out */
        return target >= 0 && looks[target].state != RT_FINISHED;
    case RT_WAIT_MUTEX:
    case RT_WAIT_COND:
    case RT_WAIT_RWLOCK:
    case RT_WAIT_SEM:
    case RT_WAIT_BARRIER:
    case RT_WAIT_ONCE:
    case RT_WAIT_FUTEX:
    case RT_FINISHED:
        return true;
    case RT_SLEEPING:
        if (rt->has_help) {
            return false; /* a signal may end it */
        }
        /* fall through */
    case RT_TIMED_WAIT:
        return rt->threads[i].wait_ms > limit_ms * WALL_FACTOR;
    default:
        return false;
    }
}

/* Somebody has to be left who waits: a process whose threads have all ended is
 * about to end. */
static bool stuck(const struct look *looks, long limit_ms)
{
    int count = atomic_load(&rt->thread_count);
    bool anybody = false;

    if (rt_case_whole && rt->has_help) {
        return false; /* what it shares with another process is not seen */
    }
    for (int i = 0; i < count; i++) {
        if (!waits_for_ever(looks, i, limit_ms)) {
            return false;
        }
        anybody = anybody || looks[i].state != RT_FINISHED;
    }
    return anybody;
}

/* -- the watch ------------------------------------------------------------ */

struct clock {
    long wall_us, cpu_ms;        /* at the last reading */
    long progress_us, asleep_us; /* of which nobody ran */
    unsigned long calls;         /* made so far by all threads */
    long calls_us;               /* progress when that last grew */
    long asked_us;               /* of it without a call, who ran where */
};

static bool any_running(pid_t pid)
{
    struct look l;
    int count = atomic_load(&rt->thread_count);

    for (int i = 0; i < count; i++) {
        int tid = atomic_load(&rt->threads[i].tid);
        if (atomic_load(&rt->threads[i].state) != RT_FINISHED && tid != 0 &&
            !look_at(pid, tid, &l)) {
            return true;
        }
    }
    return false;
}

static unsigned long calls_made(void)
{
    int count = atomic_load(&rt->thread_count);
    unsigned long sum = 0;

    for (int i = 0; i < count; i++) {
        sum += rt->threads[i].ops;
    }
    return sum;
}

/* Cut off now, was it getting on: does somebody sleep for a time, or were
 * calls still made a little while ago? */
static bool at_work(const struct clock *c, long limit_ms)
{
    int count = atomic_load(&rt->thread_count);

    for (int i = 0; i < count; i++) {
        if (atomic_load(&rt->threads[i].state) == RT_SLEEPING) {
            return true;
        }
    }
    return c->progress_us - c->calls_us < limit_ms * 1000 / 4;
}

static void clock_step(struct clock *c, pid_t pid)
{
    long wall = now_us();
    long cpu = process_cpu_ms(pid);
    unsigned long calls = calls_made();

    if (any_running(pid)) {
        c->progress_us += cpu > c->cpu_ms ? (cpu - c->cpu_ms) * 1000 : 0;
    } else {
        c->progress_us += wall - c->wall_us;
        c->asleep_us += wall - c->wall_us;
    }
    if (calls != c->calls) {
        c->calls = calls;
        c->calls_us = c->progress_us;
        c->asked_us = 0;
    }
    c->wall_us = wall;
    c->cpu_ms = cpu > 0 ? cpu : c->cpu_ms;
}

/* -- loops of nothing ------------------------------------------------------ */

enum { IN_PLACE_US = 200000 }; /* without a call: look what runs there */

/* Nobody will end that thread's loop: the others wait or have ended, and it
 * looks at nothing that could change. Asks again after twice the time. */
static bool runs_in_place(struct clock *c, pid_t pid, long limit_ms)
{
    long still_us = c->progress_us - c->calls_us;
    struct look looks[RT_THREADS], l;
    int count = atomic_load(&rt->thread_count);
    bool ask = still_us >= IN_PLACE_US && still_us >= 2 * c->asked_us;
    bool anybody = false;

    if (rt->endless || rt->has_help || rt->signalled ||
        (!ask && c->asked_us == 0)) {
        return false; /* it may, or a signal's handler may leave it */
    }
    for (int i = 0; i < count; i++) {
        looks[i].state = atomic_load(&rt->threads[i].state);
    }
    for (int i = 0; i < count; i++) {
        struct rt_thread *t = &rt->threads[i];
        int tid = atomic_load(&t->tid);
        bool awake = tid != 0 && !look_at(pid, tid, &l);
        bool runs = awake && looks[i].state == RT_RUNNING;
        if (!runs && (awake || !waits_for_ever(looks, i, limit_ms))) {
            return false;
        }
        if (runs && ask) {
            syscall(SYS_tgkill, pid, tid, RT_SAMPLE_SIGNAL);
            c->asked_us = still_us;
        }
        if (runs && !atomic_load(&t->in_place)) {
            return false;
        }
        anybody = anybody || runs;
    }
    return anybody;
}

/* -- controlled runs --------------------------------------------------------
 */

enum { IDLE_CPU_MS = 30 }; /* without a step: it computes, or spins */

struct turn { /* who has the turn, and since when without a step */
    int thread;
    unsigned steps, choices;
    long cpu_ms;
};

static bool asleep(pid_t pid, int thread)
{
    struct look a, b;
    int tid = atomic_load(&rt->threads[thread].tid);

    return tid != 0 && look_at(pid, tid, &a) && look_at(pid, tid, &b) &&
           a.switches == b.switches;
}

/* Looks after the thread that has the turn. If it sleeps in the kernel or
 * goes on without a call or an access, the others get theirs; but while one is
 * starved to see how the others wait for it, going on without a call is a spin.
 * Returns how the run is to end, END_NONE: not yet. */
static enum rt_end turn_step(struct turn *turn, pid_t pid, long quiet_cpu_ms)
{
    long budget = quiet_cpu_ms * SPIN_FACTOR;
    long used;
    int now = rt->current;
    unsigned choices = now >= 0 ? rt->threads[now].choices : 0;
    bool starving = atomic_load(&rt->held_back) >= 0;

    if (turn->thread != now || turn->steps != rt->steps ||
        (turn->choices != choices && !starving)) {
        *turn = (struct turn){now, rt->steps, choices, process_cpu_ms(pid)};
        return END_NONE;
    }
    if (turn->thread < 0) {
        sched_tick();
        return END_NONE;
    }
    used = process_cpu_ms(pid) - turn->cpu_ms;
    if (starving && !asleep(pid, turn->thread)) {
        return used >= (budget > SPIN_FLOOR_MS ? budget : SPIN_FLOOR_MS)
                   ? END_SPIN
                   : END_NONE;
    }
    if ((used >= IDLE_CPU_MS || asleep(pid, turn->thread)) &&
        !sched_revoke(&rt->threads[turn->thread], turn->steps)) {
        return END_UNFIT;
    }
    return END_NONE;
}

/* Asks every thread that is not known to wait where it is. */
static void sample_threads(pid_t pid)
{
    struct timespec tick = {0, 1000000};
    sigset_t child;
    int count = atomic_load(&rt->thread_count);
    bool missing = true;
    char path[64];

    sigemptyset(&child);
    for (int i = 0; i < count; i++) {
        struct rt_thread *t = &rt->threads[i];
        int tid = atomic_load(&t->tid);
        int state = atomic_load(&t->state);
        if (tid == 0 || state == RT_FINISHED) {
            continue;
        }
        snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid, tid);
        thread_cpu[i] = stat_cpu_ms(path);
        if (state == RT_RUNNING) {
            syscall(SYS_tgkill, pid, tid, RT_SAMPLE_SIGNAL);
        }
    }
    for (int tries = 0; missing && tries < 300; tries++) {
        missing = false;
        for (int i = 0; i < count; i++) {
            missing =
                missing || (atomic_load(&rt->threads[i].state) == RT_RUNNING &&
                            !atomic_load(&rt->threads[i].sampled));
        }
        __real_sigtimedwait(&child, NULL, &tick);
    }
}

/* The run has come to its own verdict, and only has to leave. */
static bool has_ended(void)
{
    return atomic_load(&rt->end) != END_NONE && rt->end_cookie == rt->cookie;
}

/* What it says of itself counts for more. */
static void end_child(pid_t pid, struct outcome *o, enum rt_end end)
{
    if (atomic_load(&rt->afterlife) && end != END_UNFIT) {
        end = END_COMPLETED;
    }
    if (end == END_TIMEOUT && rt_case_whole && rt->helped) {
        end = END_COMPLETED; /* another process is what it waits for */
    }
    o->end = has_ended() ? atomic_load(&rt->end) : end;
    o->cut_off = o->end == END_TIMEOUT;
    if (o->end == END_SPIN || o->end == END_TIMEOUT) {
        sample_threads(pid);
    }
    kill(pid, SIGKILL);
}

/* What an ended child left behind. */
static void read_status(struct outcome *o, int status,
                        const struct rusage *usage)
{
    o->cpu_ms = (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000L +
                (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000L;
    o->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    o->term_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (o->end != END_NONE) {
        return; /* we ended it */
    }
    if (has_ended()) {
        o->end = atomic_load(&rt->end);
    } else if (rt->foreign && o->term_signal == SIGSEGV &&
               strcmp(rt_tools_name(), "tsan") == 0) {
        o->end = END_COMPLETED; /* ThreadSanitizer fell over a thread that it
                                   did not see begin */
    } else if (o->term_signal == SIGXFSZ) {
        o->word = "output";
    } else {
        o->word = o->term_signal != 0 ? "killed" : "exited";
    }
}

/* False if it is still at work. What it has forked ends with it: before it is
 * reaped, as its number may be another's then. */
static bool reap(pid_t pid, struct outcome *o)
{
    siginfo_t news = {0};
    struct rusage usage;
    int status;

    syscall(SYS_waitid, P_PID, pid, &news,
            WEXITED | WSTOPPED | WNOHANG | WNOWAIT, NULL);
    if (news.si_pid != pid) {
        return false;
    }
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    wait4(pid, &status, 0, &usage);
    if (news.si_code == CLD_STOPPED) { /* it stopped itself: nobody would wake
                                        * it; as if that had ended it */
        status = SIGSTOP;
    }
    read_status(o, status, &usage);
    return true;
}

void watch_child(pid_t pid, long limit_ms, long quiet_cpu_ms, long memory_mb,
                 struct outcome *o)
{
    struct clock clock = {.wall_us = now_us()};
    struct turn turn = {.thread = -1};
    bool control = rt->plan.noise == NOISE_CONTROL;
    struct look looks[RT_THREADS] = {0};
    const struct timespec tick = {0, 8000000}; /* unless it ends before */
    long start_us = clock.wall_us;
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    memset(thread_cpu, 0, sizeof thread_cpu);
    while (!reap(pid, o)) {
        bool watching = o->end == END_NONE;
        if (watching && now_us() - clock.wall_us >= 8000) {
            enum rt_end end = END_NONE;
            clock_step(&clock, pid);
            if (control) {
                end = turn_step(&turn, pid, quiet_cpu_ms);
            }
            if (end != END_NONE) {
                end_child(pid, o, end);
            } else if (has_ended() && !any_running(pid)) {
                /* Valgrind may let one that has just begun sleep on. */
                end_child(pid, o, END_NONE);
            } else if (!control && quiet(pid, looks) &&
                       stuck(looks, limit_ms)) {
                end_child(pid, o, END_STUCK);
            } else if (runs_in_place(&clock, pid, limit_ms)) {
                end_child(pid, o, END_SPIN);
            } else if (process_memory_mb(pid) > memory_mb) {
                end_child(pid, o, END_MEMORY);
            } else if (clock.progress_us >= limit_ms * 1000 ||
                       now_us() - start_us >= limit_ms * 1000 * WALL_FACTOR) {
                o->at_work = at_work(&clock, limit_ms);
                end_child(pid, o, END_TIMEOUT);
            }
        }
        __real_sigtimedwait(&set, NULL, &tick);
    }
    o->asleep = o->end != END_SPIN && clock.asleep_us * 2 > clock.progress_us;
    o->held_back = atomic_load(&rt->held_back);
}
