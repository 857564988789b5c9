/* SPDX-License-Identifier: MIT */
/* test_runtime.c - the runtime in every test binary: what its fork server
 * answers for small programs whose fate is known (tests/runtime/cases.c).
 *
 * Links with everything; the server is spoken to as runner.c does. */
#include "cases.h"
#include "plan.h"
#include "server.h"
#include "symbol.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { LIMIT_MS = 5000 };

static json_t *run(struct server *s, const char *name, const struct plan *p,
                   long limit_ms)
{
    char line[512];

    snprintf(line, sizeof line, "run %ld %d %u %" PRIu64 " %s\n", limit_ms,
             (int)p->noise, p->number, p->seed, name);
    return ask(s, line);
}

static json_t *run_quiet(struct server *s, const char *name)
{
    struct plan quiet = {.noise = PLAN_QUIET};

    return run(s, name, &quiet, LIMIT_MS);
}

static const json_t *note_of(const json_t *r, const char *kind)
{
    for (size_t i = 0; i < length(r, "notes"); i++) {
        const json_t *note = item(r, "notes", (long)i);
        if (strcmp(str(note, "kind"), kind) == 0) {
            return note;
        }
    }
    return NULL;
}

/* -- the conversation --------------------------------------------------------
 */

Test(runtime, lists_the_cases_in_source_order)
{
    static const char *const first[] = {"ok/mutex", "ok/condition",
                                        "ok/wait_in_a_loop"};
    struct server s = server_open("plain");
    json_t *list = ask(&s, "list\n");

    cr_expect_str_eq(str(list, "tool"), "plain");
    for (size_t i = 0; i < COUNT(first); i++) {
        cr_expect_str_eq(str(item(list, "cases", (long)i), "name"), first[i]);
    }
    json_decref(list);
    server_close(&s);
}

Test(runtime, an_unknown_command_is_answered_and_forgotten)
{
    static const char *const lines[] = {"dance\n", "run\n",
                                        "run 1000 0 0 1 ok/no_such_case\n",
                                        "run x 0 0 1 ok/mutex\n"};
    struct server s = server_open("plain");
    json_t *r;

    for (size_t i = 0; i < COUNT(lines); i++) {
        r = ask(&s, lines[i]);
        cr_expect_str_eq(str(r, "fault"), "unknown command", "%s", lines[i]);
        json_decref(r);
    }
    r = run_quiet(&s, "ok/mutex");
    cr_expect_str_eq(str(r, "end"), "completed");
    json_decref(r);
    server_close(&s);
}

/* -- fibers ------------------------------------------------------------------
 */

static bool same(const json_t *a, const json_t *b, const char *key)
{
    return json_equal(json_object_get(a, key), json_object_get(b, key)) ||
           (json_object_get(a, key) == NULL && json_object_get(b, key) == NULL);
}

/* The same schedules, whoever carries the threads. */
static void expect_the_same(struct server *a, struct server *b,
                            const char *name, int number)
{
    static const char *const keys[] = {"end",   "schedule", "story",
                                       "notes", "failure",  "output"};
    struct plan p = {.noise = number == 0 ? PLAN_QUIET : PLAN_CONTROL,
                     .number = (unsigned)number,
                     .seed = 7};
    json_t *one = run(a, name, &p, LIMIT_MS);
    json_t *other = run(b, name, &p, LIMIT_MS);

    for (size_t i = 0; i < COUNT(keys); i++) {
        cr_expect(same(one, other, keys[i]), "%s differs in %s, number %d",
                  keys[i], name, number);
    }
    json_decref(one);
    json_decref(other);
}

Test(runtime, fibers_run_as_kernel_threads_do)
{
    static const char *const suites[] = {"ok/", "notes/", "hooks/"};
    struct server fibers = server_start("cases", "explore");
    struct server threads = server_start_without_fibers("cases", "explore");
    json_t *list = ask(&fibers, "list\n");

    for (size_t i = 0; i < length(list, "cases"); i++) {
        const char *name = str(item(list, "cases", (long)i), "name");
        for (size_t s = 0; s < COUNT(suites); s++) {
            for (int n = 0; n < 4 && strstr(name, suites[s]) == name; n++) {
                expect_the_same(&fibers, &threads, name, n);
            }
        }
    }
    json_decref(list);
    server_close(&fibers);
    server_close(&threads);
}

static bool has_fibers(struct server *s, const char *name)
{
    struct plan p = {.noise = PLAN_CONTROL, .number = 1, .seed = 7};
    json_t *r;
    bool yes;

    json_decref(run_quiet(s, name));
    r = run(s, name, &p, LIMIT_MS);
    yes = json_is_true(json_object_get(r, "fibers"));
    cr_expect_str_eq(str(r, "end"), "completed", "%s", name);
    json_decref(r);
    return yes;
}

Test(runtime, fibers_are_for_runs_that_need_nothing_else)
{
    struct server s = server_start("cases", "explore");

    cr_expect(has_fibers(&s, "ok/mutex"));
    cr_expect(has_fibers(&s, "ok/what_a_thread_has_for_itself"));
    cr_expect_not(has_fibers(&s, "ok/each_thread_has_a_number"));
    cr_expect_not(has_fibers(&s, "ok/more_threads_than_fibers"));
    cr_expect(has_fibers(&s, "ok/mutex"), "again");
    cr_expect(has_fibers(&s, "ok/threads_one_after_the_other"));
    cr_expect(has_fibers(&s, "ok/detached_threads_one_after_the_other"));
    cr_expect(has_fibers(&s, "fibers/handles_are_used_again"));
    server_close(&s);
}

/* -- right programs ----------------------------------------------------------
 */

static void expect_content(const json_t *r, const char *name,
                           const struct plan *p)
{
    cr_expect_str_eq(
        str(r, "end"), "completed",
        "%s ends as %s (%s) with noise %d, number %u", name, str(r, "end"),
        str(json_object_get(r, "failure"), "message"), p->noise, p->number);
    cr_expect_eq(length(r, "notes"), 0, "%s with noise %d, number %u", name,
                 p->noise, p->number);
    cr_expect_eq(length(r, "reports"), 0, "%s", name);
    cr_expect_str_eq(str(r, "text"), "", "%s", name);
}

static void survives(struct server *s, const char *name, int runs)
{
    for (int i = 0; i < runs; i++) {
        struct plan p = plan_of(i, 0x5eed, true);
        json_t *r = run(s, name, &p, LIMIT_MS);
        expect_content(r, name, &p);
        json_decref(r);
    }
}

static void all_right_ones_survive(const char *tool, int runs)
{
    struct server s = server_open(tool);
    json_t *list = ask(&s, "list\n");
    size_t tried = 0;

    for (size_t i = 0; i < length(list, "cases"); i++) {
        const char *name = str(item(list, "cases", (long)i), "name");
        if (strncmp(name, "ok/", 3) == 0) {
            survives(&s, name, runs);
            tried++;
        }
    }
    cr_expect_geq(tried, 15);
    json_decref(list);
    server_close(&s);
}

Test(runtime, right_programs_survive_every_plan)
{
    all_right_ones_survive("plain", 40);
}

Test(runtime, right_programs_survive_under_asan)
{
    all_right_ones_survive("asan", 8);
}

Test(runtime, right_programs_survive_under_tsan)
{
    all_right_ones_survive("tsan", 8);
}

Test(runtime, every_run_begins_with_fresh_statics)
{
    struct server s = server_open("plain");

    for (int i = 0; i < 3; i++) {
        json_t *r = run_quiet(&s, "ok/statics_are_fresh");
        cr_expect_str_eq(str(r, "end"), "completed");
        cr_expect_eq(num(r, "passed"), 2);
        json_decref(r);
    }
    server_close(&s);
}

/* -- how runs end ------------------------------------------------------------
 */

static const struct {
    const char *name, *end, *note, *message;
    long limit_ms, status, signal;
} ends[] = {
    {"ends/self_deadlock", "deadlock", NULL, NULL, 5000, 0, 0},
    {"ends/joins_in_a_circle", "deadlock", NULL, NULL, 5000, 0, 0},
    {"ends/nobody_signals", "stuck", NULL, NULL, 5000, -1, 9},
    {"ends/signal_comes_too_early", "stuck", NULL, NULL, 5000, -1, 9},
    {"ends/owner_has_ended", "stuck", "exit-holding", NULL, 5000, -1, 9},
    {"ends/nobody_posts", "stuck", NULL, NULL, 5000, -1, 9},
    {"ends/one_short_at_the_barrier", "stuck", NULL, NULL, 5000, -1, 9},
    {"ends/reads_under_the_writers_lock", "timeout", NULL, NULL, 100, -1, 9},
    {"ends/polls_for_what_nobody_writes", "timeout", NULL, NULL, 100, -1, 9},
    {"ends/runs_on_and_on", "timeout", NULL, NULL, 100, -1, 9},
    {"ends/sleeps_on_and_on", "timeout", NULL, NULL, 100, -1, 9},
    {"ends/sleeps_by_the_hour", "stuck", NULL, NULL, 100, -1, 9},
    {"ends/too_much_memory", "memory", NULL, NULL, 20000, -1, 9},
    {"ends/too_much_output", "output", NULL, NULL, 5000, -1, 25},
    {"ends/null_pointer", "crash", NULL, NULL, 5000, 0, 0},
    {"ends/abort", "crash", NULL, NULL, 5000, 0, 0},
    {"ends/kills_itself", "killed", NULL, NULL, 5000, -1, 9},
    {"ends/leaves_by_system_call", "exited", NULL, NULL, 5000, 5, 0},
    {"ends/skipped", "skipped", NULL, NULL, 5000, 0, 0},
    {"ends/assertion", "failed", NULL, "sums to 2", 5000, 0, 0},
    {"ends/expectations_go_on", "failed", NULL, "the first", 5000, 0, 0},
    {"ends/exit_that_was_not_expected", "failed", "called-exit", NULL, 5000, 0,
     0},
    {"ends/returns_instead_of_exit", "failed", NULL,
     "the test expects the program to end by exit or signal; it returned "
     "instead",
     5000, 0, 0},
    {"hooks/run_in_order", "completed", NULL, NULL, 5000, 0, 0},
    {"hooks/suite_fini_is_run", "failed", NULL, "the suite's end is step 2",
     5000, 0, 0},
    {"args/each#0", "completed", NULL, NULL, 5000, 0, 0},
    {"args/each#1", "failed", NULL, "got 3", 5000, 0, 0},
    {"args/each#2", "completed", NULL, NULL, 5000, 0, 0},
};

Test(runtime, says_how_a_run_ended)
{
    struct server s = server_open("plain");

    for (size_t i = 0; i < COUNT(ends); i++) {
        struct plan quiet = {.noise = PLAN_QUIET};
        json_t *r = run(&s, ends[i].name, &quiet, ends[i].limit_ms);
        const char *name = ends[i].name;
        cr_expect_str_eq(str(r, "end"), ends[i].end, "%s: %s", name,
                         str(r, "end"));
        cr_expect_eq(num(r, "status"), ends[i].status, "%s", name);
        cr_expect_eq(num(r, "signal"), ends[i].signal, "%s", name);
        cr_expect(ends[i].note == NULL ? length(r, "notes") == 0
                                       : note_of(r, ends[i].note) != NULL,
                  "%s", name);
        cr_expect_str_eq(str(json_object_get(r, "failure"), "message"),
                         ends[i].message != NULL ? ends[i].message : "", "%s",
                         name);
        json_decref(r);
    }
    server_close(&s);
}

Test(runtime, only_the_clock_goes_on_for_ever)
{
    struct server s = server_open("plain");
    struct plan control = {.noise = PLAN_CONTROL, .number = 0};
    json_t *r = run(&s, "ends/sleeps_by_the_hour", &control, 40000);

    cr_expect_str_eq(str(r, "end"), "timeout", "%s", str(r, "end"));
    cr_expect_eq(num(r, "only_time_days"), 200000 / 24);
    json_decref(r);
    r = run(&s, "ends/sleeps_on_and_on", &control, 400);
    cr_expect_str_eq(str(r, "end"), "timeout", "by the limit");
    cr_expect_eq(num(r, "only_time_days"), 0);
    json_decref(r);
    server_close(&s);
}

Test(runtime, a_crash_names_signal_address_and_line)
{
    struct server s = server_open("plain");
    struct symbols *symbols = symbol_open(s.ctx, s.binary);
    json_t *r = run_quiet(&s, "ends/null_pointer");
    const json_t *crash = json_object_get(r, "crash");
    struct frame at = symbol_frame(
        symbols, (uint64_t)json_integer_value(item(crash, "at", 0)), NULL);

    cr_expect_eq(num(crash, "signal"), 11);
    cr_expect_eq(num(crash, "addr"), 0);
    cr_expect_eq(num(crash, "thread"), 0);
    cr_expect_str_eq(at.file, "cases.c");
    cr_expect_str_eq(at.function, "ends_null_pointer_impl");
    json_decref(r);
    server_close(&s);
}

Test(runtime, output_of_a_run_is_kept_and_its_end_shown)
{
    struct server s = server_open("plain");
    json_t *r = run_quiet(&s, "ends/too_much_output");

    cr_expect_eq(num(r, "output_size"), 65536);
    cr_expect_neq(strstr(str(r, "output"), "and again\nand again\n"), NULL);
    cr_expect_leq(strlen(str(r, "output")), 4096);
    json_decref(r);
    server_close(&s);
}

/* -- waits -------------------------------------------------------------------
 */

static json_t *explore(struct server *s, const char *name, long limit_ms,
                       unsigned first, unsigned count)
{
    char line[512];

    snprintf(line, sizeof line, "explore %ld 0 %u %u 0 1 %s\n", limit_ms, first,
             count, name);
    return ask(s, line);
}

static const json_t *explored(const json_t *r, const char *what)
{
    return json_object_get(json_object_get(r, "explored"), what);
}

/* Explores until a run ends as `end`; the caller decrefs it. */
static json_t *provoke(struct server *s, const char *name, const char *end)
{
    for (unsigned next = 0; next < 2000;) {
        json_t *r = explore(s, name, LIMIT_MS, next, 50);
        if (strcmp(str(r, "end"), end) == 0) {
            return r;
        }
        next = (unsigned)json_integer_value(explored(r, "next"));
        json_decref(r);
    }
    cr_assert_fail("%s never ends as %s", name, end);
    return NULL;
}

static void all_right_ones_are_explored(const char *tool, unsigned runs)
{
    struct server s = server_open(tool);
    json_t *list = ask(&s, "list\n");

    for (size_t i = 0; i < length(list, "cases"); i++) {
        const char *name = str(item(list, "cases", (long)i), "name");
        json_t *r;
        if (strncmp(name, "ok/", 3) != 0) {
            continue;
        }
        r = explore(&s, name, LIMIT_MS, 0, runs);
        cr_expect(json_is_false(explored(r, "failed")),
                  "%s ends as %s (%s) under %s", name, str(r, "end"),
                  str(json_object_get(r, "failure"), "message"),
                  str(r, "schedule"));
        json_decref(r);
    }
    json_decref(list);
    server_close(&s);
}

Test(runtime, right_programs_survive_exploration)
{
    all_right_ones_are_explored("plain", 200);
}

Test(runtime, right_programs_survive_exploration_under_asan)
{
    all_right_ones_are_explored("asan", 30);
}

Test(runtime, right_programs_survive_exploration_under_tsan)
{
    all_right_ones_are_explored("tsan", 30);
}

Test(runtime, a_schedule_repeats_its_run)
{
    struct server s = server_open("plain");
    json_t *found = provoke(&s, "ends/deadlock_if_held_between", "deadlock");
    char *line = talloc_asprintf(s.ctx, "replay %d %s %s\n", LIMIT_MS,
                                 str(found, "schedule"),
                                 "ends/deadlock_if_held_between");

    cr_expect(json_is_true(explored(found, "repeatable")));
    for (int i = 0; i < 100; i++) {
        json_t *again = ask(&s, line);
        cr_assert_str_eq(str(again, "end"), "deadlock", "at try %d", i);
        cr_assert(json_equal(json_object_get(found, "story"),
                             json_object_get(again, "story")),
                  "another story at try %d", i);
        json_decref(again);
    }
    json_decref(found);
    server_close(&s);
}

Test(runtime, a_reduced_schedule_has_no_switch_too_many)
{
    struct server s = server_open("plain");
    json_t *r = provoke(&s, "ends/deadlock_if_held_between", "deadlock");
    const char *schedule = str(r, "schedule");
    size_t choices = schedule[1] != '\0';

    for (const char *p = schedule; *p != '\0'; p++) {
        choices += *p == '_';
    }
    /* One preemption, between the two locks, and perhaps who runs next. */
    cr_expect_leq(choices, 2, "%s", schedule);
    json_decref(r);
    server_close(&s);
}

Test(runtime, what_is_no_schedule_is_refused)
{
    static const char *const texts[] = {"x",  "c1", "c1-2",      "c1-2-3-4,",
                                        "s1", "m5", "c1-2-3-4_q"};
    struct server s = server_open("plain");

    for (size_t i = 0; i < COUNT(texts); i++) {
        char line[256];
        json_t *r;
        snprintf(line, sizeof line, "replay 1000 %s ok/mutex\n", texts[i]);
        r = ask(&s, line);
        cr_expect_str_eq(str(r, "fault"), "not a schedule", "%s", texts[i]);
        json_decref(r);
    }
    server_close(&s);
}

Test(runtime, a_preemption_turns_two_orders_into_a_deadlock)
{
    struct server s = server_open("plain");
    json_t *r = provoke(&s, "ends/deadlock_if_held_between", "deadlock");

    cr_assert_eq(length(r, "cycle"), 2);
    for (long i = 0; i < 2; i++) {
        long id = (long)json_integer_value(item(r, "cycle", i));
        const json_t *t = item(r, "threads", id);
        long other = (long)json_integer_value(item(r, "cycle", 1 - i));
        const json_t *o;
        cr_expect_neq(id, 0, "main only joins");
        cr_expect_str_eq(str(t, "state"), "mutex");
        o = item(r, "objects", num(t, "object"));
        cr_expect_eq(num(o, "owner"), other);
        cr_expect_gt(num(o, "acquired"), 0);
    }
    json_decref(r);
    server_close(&s);
}

Test(runtime, objects_and_stacks_lead_to_the_source)
{
    struct server s = server_open("plain");
    struct symbols *symbols = symbol_open(s.ctx, s.binary);
    json_t *r = run_quiet(&s, "ends/self_deadlock");
    const json_t *t = item(r, "threads", 0);
    const json_t *o = item(r, "objects", num(t, "object"));
    struct frame waits = symbol_frame(
        symbols, (uint64_t)json_integer_value(item(t, "stack", 0)), NULL);
    struct frame took =
        symbol_frame(symbols, (uint64_t)num(o, "acquired"), NULL);

    cr_expect_str_eq(symbol_variable(symbols, (uint64_t)num(o, "symbol")), "a");
    cr_expect_str_eq(waits.file, "cases.c");
    cr_expect_eq(waits.line, took.line + 1, "locked in line %d, then in %d",
                 took.line, waits.line);
    json_decref(r);
    server_close(&s);
}

Test(runtime, a_signal_nobody_waited_for_is_remembered)
{
    struct server s = server_open("plain");
    json_t *r = run_quiet(&s, "ends/signal_comes_too_early");
    const json_t *main_thread = item(r, "threads", 0);
    const json_t *o = item(r, "objects", num(main_thread, "object"));

    cr_expect_str_eq(str(o, "type"), "condition");
    cr_expect_gt(num(o, "lost"), 0);
    cr_expect_eq(num(o, "lost_thread"), 1);
    cr_expect_eq(num(o, "signals"), 0);
    json_decref(r);
    server_close(&s);
}

Test(runtime, a_barrier_and_a_semaphore_say_what_they_wait_for)
{
    struct server s = server_open("plain");
    json_t *r = run_quiet(&s, "ends/one_short_at_the_barrier");
    const json_t *t = item(r, "threads", 1);

    cr_expect_str_eq(str(t, "state"), "barrier");
    cr_expect_eq(num(item(r, "objects", num(t, "object")), "count"), 4);
    json_decref(r);
    r = run_quiet(&s, "ends/nobody_posts");
    cr_expect_str_eq(str(item(r, "threads", 0), "state"), "semaphore");
    json_decref(r);
    server_close(&s);
}

Test(runtime, a_thread_that_spins_while_another_is_starved_is_caught)
{
    struct server s = server_open("plain");
    json_t *r = provoke(&s, "ends/spins_if_main_is_held", "spin");

    cr_expect_eq(num(r, "held_back"), 0);
    cr_expect_str_eq(str(item(r, "threads", 1), "state"), "running");
    cr_expect_gt(length(item(r, "threads", 1), "stack"), 0,
                 "sampled while it spins");
    json_decref(r);
    r = provoke(&s, "ends/polls_if_main_is_held", "spin");
    cr_expect_geq(num(item(r, "threads", 1), "naps"), 50);
    json_decref(r);
    server_close(&s);
}

Test(runtime, a_spurious_wake_up_is_delivered)
{
    struct server s = server_open("plain");
    json_t *r = provoke(&s, "notes/wait_not_in_a_loop", "failed");

    cr_expect_not_null(note_of(r, "spurious"));
    cr_expect_not_null(strstr(str(r, "schedule"), "-1001"),
                       "T1 is woken for no reason: %s", str(r, "schedule"));
    json_decref(r);
    server_close(&s);
}

/* -- controlled runs ---------------------------------------------------------
 */

static const struct {
    const char *name, *call;
    int thread; /* that waits ... */
    long fd;    /* ... for a descriptor it has got as its first or second */
} waits_for_fd[] = {
    {"ends/reads_under_the_writers_lock", "read", 0, 3},
    {"ends/own_end_keeps_the_pipe_open", "read", 0, 3},
    {"ends/polls_for_what_nobody_writes", "poll", 0, -1},
    {"ends/nobody_reads_the_full_pipe", "write", 1, 4},
};

Test(runtime, a_descriptor_nobody_serves_is_a_standstill)
{
    struct server s = server_open("plain");

    for (size_t i = 0; i < COUNT(waits_for_fd); i++) {
        const char *name = waits_for_fd[i].name;
        json_t *r = explore(&s, name, 100, 0, 20);
        const json_t *t = item(r, "threads", waits_for_fd[i].thread);
        cr_expect_str_eq(str(r, "end"), "stuck", "%s: %s", name, str(r, "end"));
        cr_expect_str_eq(str(t, "state"), "fd", "%s", name);
        cr_expect_str_eq(str(t, "call"), waits_for_fd[i].call, "%s", name);
        cr_expect_eq(num(t, "fd"), waits_for_fd[i].fd, "%s", name);
        cr_expect_gt(length(t, "stack"), 0, "%s", name);
        json_decref(r);
    }
    server_close(&s);
}

/* How often the story has `call` on `fd` by `thread`. */
static int told_calls(const json_t *r, long thread, const char *call, long fd)
{
    int count = 0;

    for (size_t i = 0; i < length(r, "story"); i++) {
        const json_t *step = item(r, "story", (long)i);
        count +=
            json_integer_value(json_array_get(step, 0)) == thread &&
            strcmp(json_string_value(json_array_get(step, 1)), "call") == 0 &&
            strcmp(json_string_value(json_array_get(step, 5)), call) == 0 &&
            json_integer_value(json_array_get(step, 6)) == fd;
    }
    return count;
}

Test(runtime, calls_on_descriptors_are_in_the_story)
{
    struct server s = server_open("plain");
    json_t *r = explore(&s, "ends/own_end_keeps_the_pipe_open", 100, 0, 20);

    cr_expect_eq(told_calls(r, 1, "write", 4), 1);
    cr_expect_eq(told_calls(r, 0, "read", 3), 1, "and not the one that waits");
    json_decref(r);
    server_close(&s);
}

Test(runtime, a_poll_that_never_waits_is_a_busy_wait)
{
    struct server s = server_open("plain");
    json_t *r = explore(&s, "ends/asks_poll_again_and_again", 100, 0, 200);

    cr_expect_str_eq(str(r, "end"), "spin");
    json_decref(r);
    server_close(&s);
}

/* Whether the accept begins before the close is a matter of the schedule. */
Test(runtime, a_close_wakes_nobody)
{
    struct server s = server_open("plain");
    json_t *r = explore(&s, "ends/close_does_not_end_an_accept", 100, 0, 200);

    cr_expect_str_eq(str(r, "end"), "stuck");
    cr_expect_str_eq(str(item(r, "threads", 1), "call"), "accept");
    json_decref(r);
    r = explore(&s, "ends/both_ends_closed_under_a_read", LIMIT_MS, 0, 100);
    cr_expect_str_eq(str(r, "end"), "completed");
    json_decref(r);
    server_close(&s);
}

Test(runtime, a_signal_that_woke_the_wrong_one_is_known)
{
    struct server s = server_open("plain");
    json_t *r = explore(&s, "ends/signal_for_another", LIMIT_MS, 0, 1000);
    const json_t *o = item(r, "objects", num(item(r, "threads", 1), "object"));

    cr_expect_str_eq(str(r, "end"), "stuck");
    cr_expect_str_eq(str(o, "type"), "condition");
    cr_expect_gt(num(o, "wasted"), 0);
    cr_expect_eq(num(o, "wasted_by"), 0);
    cr_expect_eq(num(o, "wasted_on"), 2);
    json_decref(r);
    server_close(&s);
}

Test(runtime, whoever_a_signal_passed_over_knows)
{
    struct server s = server_open("plain");
    json_t *r = explore(&s, "ends/signal_for_one_of_two", LIMIT_MS, 0, 1000);
    json_int_t woken =
        1 + (strcmp(str(item(r, "threads", 1), "state"), "cond") == 0);
    const json_t *left = item(r, "threads", 3 - woken);

    cr_expect_str_eq(str(r, "end"), "stuck");
    cr_expect_gt(num(left, "passed"), 0);
    cr_expect_eq(num(left, "passed_by"), 0);
    cr_expect_eq(num(left, "passed_for"), woken);
    json_decref(r);
    server_close(&s);
}

/* -- notes -------------------------------------------------------------------
 */

static const struct {
    const char *name, *kind, *word, *end;
} notes[] = {
    {"notes/unlock_not_held", "unlock-not-held", "pthread_mutex_unlock",
     "failed"},
    {"notes/unlock_not_owner", "unlock-not-owner", "pthread_mutex_unlock",
     "failed"},
    {"notes/destroy_locked", "destroy-in-use", "pthread_mutex_destroy",
     "failed"},
    {"notes/lock_never_made", "not-made", "pthread_mutex_lock", "failed"},
    {"notes/lock_after_destroy", "destroyed", "pthread_mutex_trylock",
     "failed"},
    {"notes/destroy_waited_for", "destroy-in-use", "pthread_cond_destroy",
     "failed"},
    {"notes/two_mutexes", "two-mutexes", "pthread_cond_wait", "failed"},
    {"notes/wait_without_mutex", "wait-without-mutex", "pthread_cond_wait",
     "failed"},
    {"notes/join_twice", "join-twice", "pthread_join", "failed"},
    {"notes/join_detached", "join-detached", "pthread_join", "failed"},
    {"notes/join_self", "join-self", "pthread_join", "failed"},
    {"notes/join_unknown", "join-unknown", "pthread_join", "failed"},
    {"notes/detach_twice", "detach-twice", "pthread_detach", "failed"},
    {"notes/missing_join", "missing-join", "", "completed"},
    {"notes/exit_holding", "exit-holding", "", "completed"},
    {"notes/cancelled_holding", "cancelled-holding", "", "completed"},
    {"notes/both_orders_apart", "lock-order", "apart", "completed"},
    {"notes/called_exit", "called-exit", "exit", "failed"},
    {"notes/called_pthread_exit", "called-exit", "pthread_exit", "failed"},
    {"notes/too_many_threads", "too-many-threads", "", "failed"},
};

Test(runtime, notes_each_misuse_once)
{
    struct server s = server_open("plain");

    for (size_t i = 0; i < COUNT(notes); i++) {
        json_t *r = run_quiet(&s, notes[i].name);
        const json_t *note = note_of(r, notes[i].kind);
        cr_expect_str_eq(str(r, "end"), notes[i].end, "%s ends as %s",
                         notes[i].name, str(r, "end"));
        cr_expect_eq(length(r, "notes"), 1, "%s", notes[i].name);
        cr_expect_not_null(note, "%s", notes[i].name);
        cr_expect_str_eq(str(note, "word"), notes[i].word, "%s", notes[i].name);
        cr_expect_gt(length(note, "at"), 0, "%s", notes[i].name);
        json_decref(r);
    }
    server_close(&s);
}

Test(runtime, a_note_says_which_threads)
{
    struct server s = server_open("plain");
    json_t *r = run_quiet(&s, "notes/unlock_not_owner");
    const json_t *note = note_of(r, "unlock-not-owner");

    cr_expect_eq(num(note, "thread"), 1);
    cr_expect_eq(num(note, "other"), 0);
    cr_expect_gt(length(note, "also"), 0, "where it was locked");
    json_decref(r);
    r = run_quiet(&s, "notes/join_twice");
    note = note_of(r, "join-twice");
    cr_expect_eq(num(note, "thread"), 0);
    cr_expect_eq(num(note, "other"), 1);
    cr_expect_gt(length(note, "also"), 0, "where it was joined before");
    json_decref(r);
    r = run_quiet(&s, "notes/cancelled_holding");
    note = note_of(r, "cancelled-holding");
    cr_expect_eq(num(note, "thread"), 1);
    cr_expect_eq(num(note, "other"), 0);
    cr_expect_gt(length(note, "also"), 0, "where it was cancelled");
    json_decref(r);
    server_close(&s);
}

/* -- sanitizers --------------------------------------------------------------
 */

Test(runtime, a_race_is_taken_from_tsan_as_data)
{
    struct server s = server_open("tsan");
    json_t *r = run_quiet(&s, "tools/race");
    const json_t *report = item(r, "reports", 0);
    long threads = 0;

    cr_expect_str_eq(str(r, "end"), "completed");
    cr_expect_str_eq(str(report, "what"), "data-race");
    cr_expect_str_eq(str(report, "where"), "heap");
    cr_expect_eq(num(report, "size"), 4);
    cr_assert_eq(length(report, "accesses"), 2);
    for (long i = 0; i < 2; i++) {
        const json_t *a = item(report, "accesses", i);
        cr_expect(json_is_true(json_object_get(a, "write")));
        cr_expect_gt(length(a, "at"), 0);
        threads += num(a, "thread");
    }
    cr_expect_eq(threads, 1, "main and T1");
    json_decref(r);
    server_close(&s);
}

Test(runtime, asan_and_lsan_end_up_in_the_text)
{
    struct server s = server_open("asan");
    json_t *r = run_quiet(&s, "tools/use_after_free");

    cr_expect_str_eq(str(r, "end"), "tool");
    cr_expect_not_null(strstr(str(r, "text"), "heap-use-after-free"));
    json_decref(r);
    r = run_quiet(&s, "tools/leak");
    cr_expect_str_eq(str(r, "end"), "completed");
    cr_expect_not_null(strstr(str(r, "text"), "leak of 40 byte"), "%s",
                       str(r, "text"));
    json_decref(r);
    server_close(&s);
}
