/* SPDX-License-Identifier: MIT */
/* server.c - the main program of a test binary: a fork server.
 *
 * Commands come as lines on standard input, answers go as lines of JSON to
 * standard output:
 *
 *   list
 *       {"tool":"tsan","cases":[{"name":"bank/...","timeout":20}]}
 *   run LIMIT_MS NOISE NUMBER SEED CASE
 *       one run, see emit.c; NOISE is a number of enum rt_noise; a
 *       controlled run takes schedule NUMBER of the mix
 *   explore LIMIT_MS SEARCH FIRST COUNT TIME_MS SEED CASE
 *       a search with SEARCH runs (0: none), then controlled runs number FIRST
 *       and on, until one fails, COUNT are done or TIME_MS (0: for ever) are
 *       over, see explore.h; the last run, and how far it came
 *   search LIMIT_MS BOUND REDUCE RUNS CASE
 *       all schedules, see search.h; how many, and how many different results
 *   replay LIMIT_MS SCHEDULE CASE
 *       one controlled run; SCHEDULE is what an answer had there
 *
 * Starting a sanitizer or Valgrind costs many times a fork, so the server
 * starts once and forks for each run; every run still begins with fresh
 * statics. Environment: TL_MEMORY_MB, TL_OUTPUT (bytes a run may print), and
 * TL_INPUT (a file to be
 * standard input), TL_ENDLESS (to be cut off is a proper end), TL_EXPECT
 * (the exit status a program must have), TL_FIBERS (0: kernel threads in
 * every run), TL_ONCE
 * (a command to carry out without a fork, instead of those on standard input),
 * and what fence.h names. */
#include "server.h"
#include "access.h"
#include "arena.h"
#include "blame.h"
#include "case.h"
#include "explore.h"
#include "failure.h"
#include "fence.h"
#include "fiber.h"
#include "named.h"
#include "scheduler.h"
#include "search.h"
#include "strategy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <valgrind/valgrind.h>

int rt_argc;
char **rt_argv;

static unsigned long runs;    /* so far */
static char met_case[256];    /* what follows is about it */
static long quiet_cpu_ms;     /* undisturbed; -1: not known yet */
static bool unfit;            /* it needs kernel threads, see fiber.h */
static unsigned most_threads; /* that a run of it has had at once */

static long setting(const char *name, long otherwise)
{
    const char *value = getenv(name);

    return value != NULL ? strtol(value, NULL, 10) : otherwise;
}

static void cap(int resource, rlim_t limit)
{
    struct rlimit r = {limit, limit};

    setrlimit(resource, &r);
}

/* Below the first thread's stack the kernel keeps so much free, at least, for
 * it to grow (mm/util.c, MIN_GAP: 128 MB). */
enum { STACK_LEAST = 8 << 20 };

/* The child, from fork to the test. Nothing of the server stays open. */
static void child(struct rt_case *test, int output)
{
    const char *input = getenv("TL_INPUT");
    int null = open(input != NULL ? input : "/dev/null", O_RDONLY);
    sigset_t none;

    if (!rt->debugged) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    }
    prctl(PR_SET_DUMPABLE, 1); /* LeakSanitizer looks at its own threads */
    if (!rt->debugged) {       /* else it is the debugger's to interrupt */
        setpgid(0, 0);
    }
    dup2(null, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    close(null);
    close(output);
    /* Valgrind's own report goes to a file, too. */
    cap(RLIMIT_FSIZE,
        (rlim_t)setting("TL_OUTPUT", 1 << 20) * (RUNNING_ON_VALGRIND ? 32 : 1));
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    rt_tools_child();
    rt_handlers_install();
    fence_close();
    rt->threads[0].stack_top = (uintptr_t)__builtin_frame_address(0);
    rt->threads[0].stack_low = rt->threads[0].stack_top - STACK_LEAST;
    rt->threads[0].handle = pthread_self();
    rt_bind(0);
    sched_start(&rt->threads[0]);
    rt_case_run(test);
}

enum { LEAKS_ONE_IN = 3 }; /* schedules: to look takes longer than a run */

/* After `prepare`. */
static void set_schedule(const struct rt_schedule *s)
{
    rt->schedule = *s;
    rt->check_leaks =
        s->strategy == STRATEGY_REPLAY || s->number % LEAKS_ONE_IN == 0;
}

/* Not memset: it may be a sanitizer's, and would mark all that it clears. */
static void clear(void *from, const void *to)
{
    uintptr_t at = (uintptr_t)from & ~(uintptr_t)7; /* zeros before it, too */

    for (; at < (uintptr_t)to; at += 8) {
        *(volatile uint64_t *)at = 0;
    }
}

static size_t at_most(long count, size_t most)
{
    return count < 0 || (size_t)count > most ? most : (size_t)count;
}

/* What a run that came to its end has left is in the first parts of the
 * tables: their pages stay, which saves the next run to get new ones. */
static void clear_used(void)
{
    size_t threads = at_most(atomic_load(&rt->thread_count), RT_THREADS);
    size_t objects = at_most(rt->object_count, RT_OBJECTS);
    size_t edges = at_most(rt->edge_count, RT_EDGES);
    size_t taken = at_most(rt->taken_count, RT_CHOICES);
    size_t events = at_most(rt->event_count, RT_EVENTS);
    size_t steps = at_most(rt->step_count, RT_STEPS);
    size_t text = at_most((long)rt->text_length, RT_TEXT);

    clear(rt, &rt->threads[threads]);
    clear(&rt->object_count, &rt->objects[objects]);
    clear(&rt->passed, &rt->edges[edges]);
    clear(&rt->schedule, &rt->taken[taken]);
    clear(&rt->event_count, &rt->events[events]);
    clear(&rt->pruned, &rt->story[steps]);
    clear(&rt->held_back, &rt->text[text]);
}

static void prepare(const struct rt_plan *plan)
{
    struct timespec t;

    if (atomic_load(&rt->end) == END_COMPLETED &&
        rt->end_cookie == rt->cookie &&
        atomic_load(&rt->threads[RT_THREADS - 1].tid) == 0) {
        clear_used();
    } else {
        syscall(SYS_madvise, rt, sizeof *rt, MADV_REMOVE); /* to fresh zeros */
    }
    clock_gettime(CLOCK_MONOTONIC, &t);
    rt->cookie = ((uint64_t)t.tv_nsec << 32 ^ (uint64_t)t.tv_sec) | 1;
    rt->plan = *plan;
    rt->server = (int)getpid();
    rt->check_leaks = true;
    rt->create_budget = -1;
    rt->endless = setting("TL_ENDLESS", 0) != 0;
    rt->held_back = -1;
    rt->thread_count = 1;
    rt->threads[0].parent = -1;
    rt->threads[0].clock[0] = 1;
    rt->threads[0].wait_object = -1;
    rt->threads[0].wait_thread = -1;
    rt->threads[0].woken_from = -1;
}

static void take_output(int fd, struct outcome *o)
{
    ssize_t n;

    o->output_size = lseek(fd, 0, SEEK_END);
    n = pread(fd, o->output, sizeof o->output,
              o->output_size > (long)sizeof o->output
                  ? o->output_size - (long)sizeof o->output
                  : 0);
    o->output_length = n > 0 ? (size_t)n : 0;
}

struct request { /* one command */
    struct rt_case *test;
    const char *name;
    long limit_ms;
    struct rt_plan plan;
    const struct rt_schedule *schedule; /* NULL unless controlled */
};

/* What is no fault of a whole program. It may end by itself in ways that only
 * show from outside, such as two threads in exit at once. And under a schedule
 * that is not fair, polite threads may go out of each other's way for as long
 * as one looks; a standstill, or spinning that nobody can end, is proved in
 * other ways. That nothing but the clock moves is one of them. */
static void whole_program(struct outcome *o)
{
    bool unfair = rt->plan.noise == NOISE_CONTROL || rt->endless;

    if (!rt_case_whole) {
        return;
    }
    if (o->end == END_TIMEOUT && unfair && !sched_only_time()) {
        o->end = END_COMPLETED;
    } else if (o->end == END_NONE && o->word != NULL &&
               strcmp(o->word, "exited") == 0) {
        o->end = END_COMPLETED;
        o->word = NULL;
        rt->exit_status = o->exit_status;
    }
}

/* The one run that TL_ONCE asks for, for a debugger: in this very process,
 * seen by nobody else. */
static void run_here(const struct request *q)
{
    prepare(&q->plan);
    rt->debugged = true;
    if (q->schedule != NULL) {
        set_schedule(q->schedule);
    }
    child(q->test, dup(STDERR_FILENO));
}

/* Of a program that has no end a part must do; under control no time of it is
 * lost by sleeping. */
static long limit_of(const struct request *q)
{
    if (!rt->endless) {
        return q->limit_ms;
    }
    return q->plan.noise == NOISE_CONTROL ? q->limit_ms / 16 : q->limit_ms / 4;
}

/* One run, in one process. False if there could be none. */
static bool run_in_child(const struct request *q, bool fibers,
                         struct outcome *o)
{
    int output = memfd_create("output", MFD_CLOEXEC);
    pid_t pid;

    *o = (struct outcome){.end = END_NONE, .held_back = -1};
    fcntl(output, F_SETFL, O_APPEND);
    prepare(&q->plan);
    rt->fibers = fibers;
    if (q->schedule != NULL) {
        set_schedule(q->schedule);
    }
    pid = _Fork(); /* nothing to do at a fork: no second thread, no locks */
    if (pid == 0) {
        child(q->test, output);
    }
    if (pid > 0) {
        watch_child(pid, limit_of(q), quiet_cpu_ms,
                    setting("TL_MEMORY_MB", 512), o);
        whole_program(o);
        named_remove();
        sysv_remove();
        take_output(output, o);
    }
    close(output);
    most_threads =
        rt->most_alive > most_threads ? rt->most_alive : most_threads;
    return pid > 0;
}

/* One run. False if there could be none. */
static bool run_once(const struct request *q, struct outcome *o)
{
    unsigned threads = most_threads;
    bool fibers, done;

    if (getenv("TL_ONCE") != NULL) {
        run_here(q);
    }
    if (runs++ == 1) { /* a single run would not earn it back */
        rt_tools_settle();
    }
    fibers = runs > 1 && !unfit && q->plan.noise == NOISE_CONTROL &&
             setting("TL_FIBERS", 1) != 0 &&
             fiber_prepare((int)threads + rt_case_whole);
    done = run_in_child(q, fibers, o);
    if (done && o->end == END_UNFIT) {
        unfit = most_threads == threads; /* else there were too few */
        done = run_in_child(q, false, o);
    }
    return done;
}

/* How long the case takes when nothing disturbs it, which spinning is told
 * from. Nobody judges this run, so it need not wait for the end of one that has
 * none; what then is not known is taken to be long. */
static void learn_quiet_time(const struct request *q)
{
    struct request quiet = {q->test, q->name, q->limit_ms / 8, {0}, NULL};
    long cautious = q->limit_ms / 40; /* a spin is then half the limit long */
    struct outcome o;

    run_once(&quiet, &o);
    quiet_cpu_ms =
        o.end == END_TIMEOUT && o.cpu_ms < cautious ? cautious : o.cpu_ms;
}

/* Before any run of a case: what is known of the last is of no use for another.
 */
static void meet_case(const struct request *q)
{
    if (strcmp(met_case, q->name) != 0) {
        snprintf(met_case, sizeof met_case, "%s", q->name);
        quiet_cpu_ms = -1;
        unfit = false;
        most_threads = 0;
        explore_reset();
    }
    if (q->plan.noise == NOISE_CONTROL && quiet_cpu_ms < 0 &&
        getenv("TL_ONCE") == NULL) {
        learn_quiet_time(q);
    }
}

static void answer_run(const struct request *q)
{
    struct outcome o;

    meet_case(q);
    if (!run_once(q, &o)) {
        printf("{\"fault\":\"fork: %s\"}\n", strerror(errno));
        return;
    }
    o.differs = q->schedule != NULL && failure_differs(&o);
    emit_run(stdout, &o, NULL);
}

static void explorer_run(void *ctx, const struct rt_schedule *s,
                         struct outcome *o)
{
    struct request *q = ctx;

    q->schedule = s;
    if (!run_once(q, o)) {
        o->word = "no-fork";
    }
}

static void answer_explore(struct request *q, unsigned search, unsigned first,
                           unsigned count, long time_ms)
{
    struct explorer e = {q, explorer_run, time_ms > 0 ? now_ms() + time_ms : 0};
    struct outcome o = {.end = END_NONE};
    struct explored x;

    q->plan.noise = NOISE_CONTROL;
    meet_case(q);
    x = explore(&e, search, first, count, q->plan.seed, &o);
    emit_run(stdout, &o, &x);
}

static void answer_search(struct request *q, int bound, int reduce,
                          unsigned budget)
{
    struct explorer e = {q, explorer_run, 0};
    struct outcome o;
    struct searched x;

    q->plan.noise = NOISE_CONTROL;
    meet_case(q);
    x = search(&e, bound, reduce != 0, budget, &o);
    printf("{\"complete\":%s,\"failed\":%s,\"cut_off\":%s,\"runs\":%u,"
           "\"schedules\":%u,\"results\":%u,\"sum\":%" PRIu64 "}\n",
           x.complete ? "true" : "false", x.failed ? "true" : "false",
           o.cut_off ? "true" : "false", x.runs, x.schedules, x.results,
           x.sum >> 16);
}

static void list_case(const char *name, double timeout, void *ctx)
{
    const char **sep = ctx;

    printf("%s{\"name\":\"%s\",\"timeout\":%g}", *sep, name, timeout);
    *sep = ",";
}

/* A schedule as emit.c writes it: "c" and choices T-OP-N-CHOSEN joined by
 * "_"; a simple strategy's first letter and VICTIM-FROM-STEPS; or "m"
 * NUMBER-SEED-STEPS. */
static bool read_schedule(const char *text, struct rt_schedule *s)
{
    static struct rt_choice choices[RT_CHOICES];
    struct shape shape = {.nests = true};
    unsigned number;
    uint64_t seed;
    int n = 0, read;

    *s = (struct rt_schedule){.strategy = STRATEGY_REPLAY};
    if (sscanf(text, "m%u-%lx-%u", &number, &seed, &shape.steps) == 3) {
        mix_schedule(s, number, seed, &shape);
        return true;
    }
    for (int i = 0; i < STRATEGIES; i++) {
        if (strategies[i]->simple && text[0] == strategies[i]->name[0]) {
            s->strategy = i;
            return sscanf(text + 1, "%d-%u-%u", &s->victim, &s->from,
                          &s->length) == 3;
        }
    }
    if (*text++ != 'c') {
        return false;
    }
    while (n < RT_CHOICES &&
           sscanf(text, "%d-%u-%d-%d%n", &choices[n].thread, &choices[n].op,
                  &choices[n].number, &choices[n].chosen, &read) == 4) {
        n++;
        text += read + (text[read] == '_');
    }
    s->choice_count = n;
    s->choices = choices;
    return *text == '\0';
}

static void answer_list(void)
{
    const char *sep = "";

    printf("{\"tool\":\"%s\",\"cases\":[", rt_tools_name());
    rt_case_list(list_case, &sep);
    puts("]}");
}

static void answer_one(struct request *q, unsigned number)
{
    struct rt_schedule schedule;

    if (q->plan.noise == NOISE_CONTROL) {
        mix_schedule(&schedule, number, q->plan.seed, explore_shape());
        schedule.spurious = false; /* only a reduced run shows its part */
        q->schedule = &schedule;
    }
    answer_run(q);
    q->schedule = NULL; /* it was ours */
}

/* True if somebody is woken for no reason. */
static bool wakes_up(const struct rt_schedule *s)
{
    for (int i = 0; i < s->choice_count; i++) {
        if (s->choices[i].chosen >= STRATEGY_SPURIOUS) {
            return true;
        }
    }
    return false;
}

static void answer_replay(struct request *q, const char *text)
{
    struct rt_schedule schedule;
    struct explorer e = {q, explorer_run, 0};
    struct outcome o;

    if (!read_schedule(text, &schedule)) {
        puts("{\"fault\":\"not a schedule\"}");
        return;
    }
    q->plan.noise = NOISE_CONTROL;
    meet_case(q);
    if (getenv("TL_ONCE") == NULL) {
        explore_expect(&e, &o);
        if (wakes_up(&schedule)) {
            blame_seek_loops(&e, &o);
        }
        if (access_seen()) { /* which accesses race: the story tells those */
            explorer_run(q, &schedule, &o);
        }
    }
    q->schedule = &schedule;
    answer_run(q);
    q->schedule = NULL;
}

static void answer(char *line)
{
    static char text[32768];
    char name[256];
    struct request q = {.name = name};
    unsigned search, number, count;
    int bound, reduce;
    long time_ms;

    if (strncmp(line, "list", 4) == 0) {
        answer_list();
    } else if (sscanf(line, "run %ld %d %u %lu %255s", &q.limit_ms,
                      &q.plan.noise, &number, &q.plan.seed, name) == 5 &&
               (q.test = rt_case_find(name)) != NULL) {
        answer_one(&q, number);
    } else if (sscanf(line, "explore %ld %u %u %u %ld %lu %255s", &q.limit_ms,
                      &search, &number, &count, &time_ms, &q.plan.seed,
                      name) == 7 &&
               (q.test = rt_case_find(name)) != NULL) {
        answer_explore(&q, search, number, count, time_ms);
    } else if (sscanf(line, "search %ld %d %d %u %255s", &q.limit_ms, &bound,
                      &reduce, &count, name) == 5 &&
               (q.test = rt_case_find(name)) != NULL) {
        answer_search(&q, bound, reduce, count);
    } else if (sscanf(line, "replay %ld %30000s %255s", &q.limit_ms, text,
                      name) == 3 &&
               (q.test = rt_case_find(name)) != NULL) {
        answer_replay(&q, text);
    } else {
        puts("{\"fault\":\"unknown command\"}");
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static char line[32768];
    sigset_t set;

    rt_argc = argc;
    rt_argv = argv;

    prctl(PR_SET_DUMPABLE, 0); /* student code cannot look into us */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    rt = mmap(NULL, sizeof *rt, PROT_READ | PROT_WRITE,
              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (rt == MAP_FAILED) {
        return 3;
    }
    mallopt(M_ARENA_MAX, 1); /* an arena for each thread costs each run */
    access_prepare();
    if (access_seen()) {
        arena_reserve();
    }
    rt_handlers_prepare();
    rt_threads_prepare();
    rt_forks_prepare();
    fence_open();
    for (int fd = 3; fd < 10; fd++) { /* Valgrind keeps a copy of its own */
        close(fd);
    }
    if (getenv("TL_ONCE") != NULL) {
        snprintf(line, sizeof line, "%s", getenv("TL_ONCE"));
        answer(line);
        return 0;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        answer(line);
    }
    return 0;
}
