/* SPDX-License-Identifier: MIT */
/* judge.c - see judge.h. The way from one run's evidence to its findings: each
 * part of the judge says what it sees proved (judge_race.c, judge_note.c,
 * judge_memory.c, judge_end.c); then what the schedule is to blame for is said
 * here, and the story goes with it.
 *
 * The wording is the product. Rules: say what happened before what it is
 * called; name threads, locks and variables as the source names them; claim
 * nothing the evidence does not show. */
#include "judge.h"
#include "evidence.h"
#include "judge_end.h"
#include "judge_memory.h"
#include "judge_note.h"
#include "judge_race.h"
#include "story.h"

#include <stdio.h>
#include <string.h>

/* True if the schedule was reduced: then the failure is not to be had without
 * what it holds. It is a list of choices (one that is replayed is as before).
 */
static bool reduced(const json_t *run)
{
    const json_t *explored = json_object_get(run, "explored");

    return str(run, "schedule")[0] == 'c' &&
           (explored == NULL ||
            json_is_true(json_object_get(explored, "repeatable")));
}

/* True if it still holds a spurious wake-up. Such a choice is the number of a
 * thread plus 1000 (runtime/strategy.h). */
static bool needs_wake_up(const json_t *run)
{
    const char *p = str(run, "schedule");

    if (!reduced(run)) {
        return false;
    }
    while ((p = strpbrk(p, "c_")) != NULL) {
        int thread, number, chosen;
        unsigned op;
        p++;
        if (sscanf(p, "%d-%u-%d-%d", &thread, &op, &number, &chosen) == 4 &&
            chosen >= 1000) {
            return true;
        }
    }
    return false;
}

/* True if the thread waits there once more in the end: so it did look again,
 * and the wake-up only opened the way for what went wrong. */
static bool waits_again(const json_t *run, const json_t *note)
{
    const json_t *t = thread_at(run, num(note, "thread"));
    bool raced = json_array_size(json_object_get(run, "reports")) > 0;
    json_int_t here = json_integer_value(item(t, "stack", 0));
    json_int_t there = json_integer_value(item(note, "at", 0));

    /* A race came before the end. The mutex is what the wait takes again. */
    return !raced && ((is(t, "state", "cond") &&
                       num(t, "object") == num(note, "object")) ||
                      (is(t, "state", "mutex") && here != 0 && here == there));
}

/* The note of a wake-up nobody sent, if only with it the test fails; or NULL.
 */
static const json_t *wake_up_to_blame(const json_t *run)
{
    const json_t *notes = json_object_get(run, "notes");
    const json_t *note = NULL;

    for (size_t i = 0; i < json_array_size(notes); i++) {
        const json_t *n = json_array_get(notes, i);
        if (is(n, "kind", "spurious") && !waits_again(run, n) &&
            !json_is_true(json_object_get(n, "loops"))) {
            note = n;
        }
    }
    return needs_wake_up(run) ? note : NULL;
}

static void judge_spurious(const struct judge *j, const json_t *run,
                           const json_t *note, struct findings *out)
{
    struct stack s = ev_stack_in(j, note, "at");
    struct frame at = ev_spot(j, &s);
    struct finding f = finding_at(j, KIND_THREAD_MISUSE, at);

    f.title = "a wait that is not in a loop";
    f.message = talloc_asprintf(
        j->ctx,
        "%s woke up at %s although nobody had signalled (POSIX allows "
        "such spurious wake-ups), and went on as if what it waited for "
        "had happened. %s",
        ev_thread(j, num(note, "thread")), ev_place(j, at),
        json_is_true(json_object_get(run, "differs"))
            ? "Without that wake-up the program printed the same in all "
              "schedules tried; with it, it prints something else."
            : talloc_asprintf(j->ctx,
                              "In the schedule shown, the %s passes without "
                              "that wake-up; with it, it does not.",
                              ev_subject(j)));
    f.advice = "Write `while (!condition) pthread_cond_wait(...)`: check "
               "again after every wake-up.";
    finding_add_party(j, &f, ev_thread_long(j, run, num(note, "thread")),
                      "wakes up here", s);
    findings_add(j->ctx, out, &f);
}

/* Whatever else went wrong in such a run followed from the wake-up. */
static void blame_wake_up(const struct judge *j, const json_t *run,
                          struct findings *mine)
{
    bool differs = json_is_true(json_object_get(run, "differs"));
    const json_t *note = wake_up_to_blame(run);

    if (note != NULL && (mine->count > 0 || differs)) {
        *mine = (struct findings){0};
        judge_spurious(j, run, note, mine);
    }
}

/* What a schedule can do to atomic operations, and what to do about it. */
static const struct memory_order {
    const char *op, *before, *after, *advice;
} memory_orders[] = {
    {"stale", "The load at",
     "returned an older value than the last one stored. C11 allows that where "
     "nothing orders the two.",
     "Store with memory_order_release whatever tells others that something is "
     "ready, and load it with memory_order_acquire. Where two threads each "
     "store one thing and load the other, both need memory_order_seq_cst, "
     "which is what you get without an order."},
    {"weak-failed", "The weak compare-exchange at",
     "failed although it had found what it expected. C11 allows that.",
     "Call a weak compare-exchange in a loop that tries again, or use the "
     "strong one."},
};

static const struct memory_order *memory_order_of(const json_t *step)
{
    const char *op = json_string_value(json_array_get(step, STEP_OP));

    for (size_t i = 0; i < sizeof memory_orders / sizeof memory_orders[0];
         i++) {
        if (op != NULL && strcmp(op, memory_orders[i].op) == 0) {
            return &memory_orders[i];
        }
    }
    return NULL;
}

/* What is left in a reduced schedule was needed to fail. */
static void blame_memory_order(const struct judge *j, const json_t *run,
                               struct findings *mine)
{
    const json_t *steps = json_object_get(run, "story");
    size_t race = story_race(run), when = 0;
    const struct memory_order *o = NULL;
    const json_t *step = NULL;

    if (!reduced(run)) {
        return;
    }
    while (o == NULL && when < json_array_size(steps)) {
        step = json_array_get(steps, when++);
        o = memory_order_of(step);
    }
    for (size_t i = 0; o != NULL && i < mine->count; i++) {
        long at = (long)json_integer_value(json_array_get(step, STEP_AT));
        if (mine->list[i].kind == KIND_DATA_RACE && when > race) {
            continue; /* it came later: what it is needed for is the end */
        }
        mine->list[i].message =
            talloc_asprintf(j->ctx, "%s %s %s %s", mine->list[i].message,
                            o->before, ev_place(j, ev_frame(j, at)), o->after);
        mine->list[i].advice = o->advice;
    }
}

/* Without a choice it is the base schedule; and chance has no part in it. */
static void say_if_plain(const struct judge *j, const json_t *run,
                         struct finding *f)
{
    if (f->kind == KIND_ASSERTION_FAILED && f->line > 0 && reduced(run) &&
        strcmp(str(run, "schedule"), "c") == 0 && thread_count(run) > 1) {
        f->message = talloc_asprintf(
            j->ctx,
            "%s No particular interleaving is needed: it fails when each "
            "thread runs on until it has to wait or ends.",
            f->message);
        f->advice = j->program ? "Look at the line itself, and at who should "
                                 "have been waited for by then."
                               : "Compare the message with the contract in the "
                                 "header.";
    }
}

/* A schedule decides all that the kit can decide. If the same one did not lead
 * to the same end, something else does. */
static void say_if_unsteady(const struct judge *j, const json_t *run,
                            struct finding *f)
{
    const json_t *x = json_object_get(run, "explored");

    if (x != NULL && json_is_false(json_object_get(x, "steady"))) {
        f->message = talloc_asprintf(
            j->ctx,
            "%s (The same schedule did not lead here every time: something "
            "else decides as well, such as chance, an address, the processor's "
            "clock, or a thread that computes for long without a call.)",
            f->message);
    }
}

/* False if a lock was destroyed while in use: to a tool, what it should have
 * ordered looks like a race. */
static bool orders(const json_t *notes)
{
    for (size_t i = 0; i < json_array_size(notes); i++) {
        if (is(json_array_get(notes, i), "kind", "destroy-in-use")) {
            return false;
        }
    }
    return true;
}

/* A block that is freed too early is a race as well: its story ends with that,
 * whatever came of it later in the run. */
static struct story tell(const struct judge *j, const json_t *run,
                         enum kind kind)
{
    const json_t *report = json_array_get(json_object_get(run, "reports"), 0);
    bool freed =
        kind == KIND_MEMORY_ERROR && is(report, "what", "race-with-free");
    struct story s = story_tell(j, run, kind == KIND_DATA_RACE || freed);

    return freed && s.count == 0 ? story_tell(j, run, false) : s;
}

bool judge_run(const struct judge *j, const json_t *run,
               const struct helgrind_race *races, size_t race_count,
               struct findings *out)
{
    struct findings mine = {0};
    const json_t *notes = json_object_get(run, "notes");
    const json_t *reports = json_object_get(run, "reports");
    bool true_races = strcmp(j->engine, "explore") == 0 || orders(notes);
    bool costs = false;

    for (size_t i = 0; true_races && i < json_array_size(reports); i++) {
        judge_race(j, run, json_array_get(reports, i), &mine);
    }
    for (size_t i = 0; true_races && i < race_count; i++) {
        judge_race_helgrind(j, run, &races[i], &mine);
    }
    for (size_t i = 0; i < json_array_size(notes); i++) {
        judge_note(j, run, json_array_get(notes, i), &mine);
    }
    judge_memory(j, run, &mine);
    judge_end(j, run, &mine);
    blame_wake_up(j, run, &mine);
    blame_memory_order(j, run, &mine);
    for (size_t i = 0; i < mine.count; i++) {
        say_if_plain(j, run, &mine.list[i]);
        say_if_unsteady(j, run, &mine.list[i]);
        mine.list[i].story = tell(j, run, mine.list[i].kind);
        /* Two runs in one: count each finding once per run. */
        mine.list[i].seen = 1;
        mine.list[i].advisory = mine.list[i].advisory && !j->strict;
        costs = costs || !mine.list[i].advisory;
        findings_add(j->ctx, out, &mine.list[i]);
    }
    return costs;
}

void judge_gone(const struct judge *j, const char *ending, const char *errors,
                struct findings *out)
{
    struct finding f = finding_at(j, KIND_EARLY_EXIT, ev_nowhere);

    f.title = "the test runner itself was ended";
    f.message = talloc_asprintf(
        j->ctx,
        "During a run the process that supervises it was lost, and again when "
        "that was repeated (%s): the program sent it a signal, or ended it in "
        "another way.%s%s",
        ending, errors[0] != '\0' ? " Its last words: " : "", errors);
    findings_add(j->ctx, out, &f);
}
