/* SPDX-License-Identifier: MIT */
/* judge.c - the judge: one function per way a run can prove something.
 *
 * The wording is the product. Rules: say what happened before what it is
 * called; name threads, locks and variables as the source names them; claim
 * nothing the evidence does not show. */
#include "judge.h"
#include "evidence.h"
#include "finding.h"
#include "judge_memory.h"
#include "judge_note.h"
#include "judge_race.h"
#include "judge_spin.h"
#include "judge_standstill.h"
#include "story.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void judge_failure(const struct judge *j, const json_t *run,
                          struct findings *out)
{
    const json_t *failure = json_object_get(run, "failure");
    const char *path = symbol_file(str(failure, "file"));
    struct frame at = {"?", talloc_strdup(j->ctx, path),
                       (int)num(failure, "line")};
    struct finding f = finding_at(j, KIND_ASSERTION_FAILED, at);

    if (failure != NULL) {
        f.title = talloc_asprintf(j->ctx, "%s", str(failure, "message"));
        f.message = talloc_asprintf(
            j->ctx,
            ev_submitted(j, at.file)
                ? "The program's own check at %s failed on %s."
                : "The test expected something else at %s.",
            ev_place(j, at), ev_thread(j, num(failure, "thread")));
        if (j->program) {
            f.advice =
                "Ask what another thread may do between two of your "
                "lines: the schedule shown here is one in which it does.";
        }
        findings_add(j->ctx, out, &f);
    }
}

/* What the C library says when it finds its heap damaged, before it aborts. */
static const char *const heap_words[] = {
    "free(): ",
    "malloc(): ",
    "realloc(): ",
    "munmap_chunk(): ",
    "mremap_chunk(): ",
    "malloc_consolidate(): ",
    "tcache_thread_shutdown(): ",
    "double free or corruption",
    "corrupted size vs. prev_size",
    "corrupted double-linked list",
};

/* The last line that was printed, if it is one of those; on the context. */
static const char *heap_complaint(const struct judge *j, const json_t *run)
{
    char *text = talloc_strdup(j->ctx, str(run, "output"));
    size_t n = strlen(text);
    char *line;

    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' ')) {
        text[--n] = '\0';
    }
    line = strrchr(text, '\n');
    line = line != NULL ? line + 1 : text;
    for (size_t i = 0; i < sizeof heap_words / sizeof heap_words[0]; i++) {
        const char *at = strstr(line, heap_words[i]);
        if (at != NULL) { /* what was printed before need not end a line */
            return at;
        }
    }
    return NULL;
}

static void judge_crash(const struct judge *j, const json_t *run,
                        struct findings *out)
{
    const json_t *crash = json_object_get(run, "crash");
    struct stack s = ev_stack_in(j, crash, "at");
    int sig = (int)num(crash, "signal");
    const char *heap = sig == SIGABRT ? heap_complaint(j, run) : NULL;
    struct finding f = finding_at(
        j, heap != NULL ? KIND_MEMORY_ERROR : KIND_CRASH, ev_spot(j, &s));
    unsigned long addr = (unsigned long)num(crash, "addr");
    const char *who = ev_thread(j, num(crash, "thread"));

    if (heap != NULL) {
        f.title = "memory is freed twice, or written where it must not be";
        f.message = talloc_asprintf(
            j->ctx,
            "The C library found its heap damaged when %s had come as far as "
            "%s: \"%s\". It notices late: look for a block that is freed "
            "twice, used after it was freed, or overrun.",
            who, ev_place(j, ev_spot(j, &s)), heap);
    } else {
        f.title = talloc_asprintf(j->ctx, "the program was stopped by %s",
                                  strsignal(sig));
        f.message = talloc_asprintf(
            j->ctx, "%s was at %s.%s", who, ev_place(j, ev_spot(j, &s)),
            sig != SIGSEGV ? ""
            : addr < 4096  ? " It used a pointer that is NULL."
                           : " It used a pointer that points nowhere valid.");
    }
    finding_add_party(j, &f, ev_thread_long(j, run, num(crash, "thread")),
                      "was here", s);
    findings_add(j->ctx, out, &f);
}

/* To print much is no fault of a program; to use that much memory mostly is. */
static void judge_resource(const struct judge *j, const char *what, bool fatal,
                           struct findings *out)
{
    struct finding f = finding_at(j, KIND_RESOURCE_LIMIT, ev_nowhere);

    f.advisory = j->program && !fatal;
    f.title = what;
    f.message = talloc_asprintf(
        j->ctx,
        "The grader ended the %s there. One run may print 1 MiB and use 512 "
        "MiB of memory (768 under ThreadSanitizer, 1024 under Helgrind).",
        ev_subject(j));
    findings_add(j->ctx, out, &f);
}

static void judge_gone_run(const struct judge *j, const json_t *run,
                           struct findings *out)
{
    struct finding f = finding_at(
        j, num(run, "signal") != 0 ? KIND_CRASH : KIND_EARLY_EXIT, ev_nowhere);

    if (num(run, "signal") != 0) {
        f.title = talloc_asprintf(j->ctx, "the program was stopped by %s",
                                  strsignal((int)num(run, "signal")));
        f.message = "The signal came without a place in the program: it was "
                    "sent by the program itself, or left nothing to look at.";
    } else {
        f.title = talloc_asprintf(j->ctx,
                                  "the program ended with status %ld "
                                  "before the %s did",
                                  num(run, "status"), ev_subject(j));
        f.message = talloc_asprintf(
            j->ctx, "The process was gone before the %s could finish.",
            ev_subject(j));
    }
    findings_add(j->ctx, out, &f);
}

void judge_gone(const struct judge *j, const char *errors, struct findings *out)
{
    struct finding f = finding_at(j, KIND_EARLY_EXIT, ev_nowhere);

    f.title = "the test runner itself was ended";
    f.message = talloc_asprintf(
        j->ctx,
        "During a run the process that supervises it disappeared: "
        "the program sent it a signal, or ended it in another way.%s%s",
        errors[0] != '\0' ? " Its last words: " : "", errors);
    findings_add(j->ctx, out, &f);
}

/* True if the schedule was reduced and still holds a spurious wake-up: then
 * the failure is not to be had without it. Such a choice is the number of a
 * thread plus 1000 (runtime/strategy.h). */
static bool needs_wake_up(const json_t *run)
{
    const json_t *explored = json_object_get(run, "explored");
    const char *p = str(run, "schedule");

    if (explored != NULL &&
        !json_is_true(json_object_get(explored, "repeatable"))) {
        return false; /* not reduced; one that is replayed was, before */
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

    return is(t, "state", "cond") && num(t, "object") == num(note, "object");
}

/* A wake-up nobody sent was delivered, and only then does the test fail. */
static bool judge_spurious(const struct judge *j, const json_t *run,
                           struct findings *out)
{
    const json_t *notes = json_object_get(run, "notes");
    const json_t *note = NULL;

    for (size_t i = 0; i < json_array_size(notes); i++) {
        if (is(json_array_get(notes, i), "kind", "spurious")) {
            note = json_array_get(notes, i);
        }
    }
    if (note == NULL || !needs_wake_up(run) || waits_again(run, note)) {
        return false;
    }
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
                ? "Without that wake-up the program prints the same in every "
                  "schedule; with it, it prints something else."
                : talloc_asprintf(j->ctx,
                                  "Without that wake-up the %s passes; with "
                                  "it, it does not.",
                                  ev_subject(j)));
        f.advice = "Write `while (!condition) pthread_cond_wait(...)`: check "
                   "again after every wake-up.";
        finding_add_party(j, &f, ev_thread_long(j, run, num(note, "thread")),
                          "wakes up here", s);
        findings_add(j->ctx, out, &f);
    }
    return true;
}

/* Whatever else went wrong in such a run followed from the wake-up. */
static void blame_wake_up(const struct judge *j, const json_t *run,
                          struct findings *mine)
{
    struct findings blamed = {0};

    bool differs = json_is_true(json_object_get(run, "differs"));

    if ((mine->count > 0 || differs) && judge_spurious(j, run, &blamed)) {
        *mine = blamed;
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
    const char *op = json_string_value(json_array_get(step, 1));

    for (size_t i = 0; i < sizeof memory_orders / sizeof memory_orders[0];
         i++) {
        if (op != NULL && strcmp(op, memory_orders[i].op) == 0) {
            return &memory_orders[i];
        }
    }
    return NULL;
}

/* The schedule was reduced: what is left in it was needed to fail. */
static void blame_memory_order(const struct judge *j, const json_t *run,
                               struct findings *mine)
{
    const json_t *steps = json_object_get(run, "story");
    const struct memory_order *o = NULL;
    const json_t *step = NULL;

    for (size_t i = 0; o == NULL && i < json_array_size(steps); i++) {
        step = json_array_get(steps, i);
        o = memory_order_of(step);
    }
    for (size_t i = 0; o != NULL && i < mine->count; i++) {
        long at = (long)json_integer_value(json_array_get(step, 4));
        mine->list[i].message =
            talloc_asprintf(j->ctx, "%s %s %s %s", mine->list[i].message,
                            o->before, ev_place(j, ev_frame(j, at)), o->after);
        mine->list[i].advice = o->advice;
    }
}

/* The exit status of a program: an error only if another one was asked for. */
static void judge_status(const struct judge *j, long status,
                         struct findings *out)
{
    long wanted = j->expected != NULL ? strtol(j->expected, NULL, 0) : 0;
    struct finding f = finding_at(j, KIND_ASSERTION_FAILED, ev_nowhere);

    if (status == wanted) {
        return;
    }
    f.advisory = j->expected == NULL;
    f.title = talloc_asprintf(j->ctx, "the program ends with exit status %ld",
                              status);
    f.message = j->expected != NULL
                    ? talloc_asprintf(j->ctx, "It should end with %ld.", wanted)
                    : "Give --expect-exit if that is an error, or if another "
                      "status is.";
    findings_add(j->ctx, out, &f);
}

static void judge_end(const struct judge *j, const json_t *run,
                      struct findings *out)
{
    const char *end = str(run, "end");

    if (strcmp(end, "deadlock") == 0) {
        judge_deadlock(j, run, json_object_get(run, "cycle"), out);
    } else if (strcmp(end, "stuck") == 0) {
        judge_stuck(j, run, out);
    } else if (strcmp(end, "spin") == 0) {
        judge_spin(j, run, out);
    } else if (strcmp(end, "timeout") == 0) {
        judge_timeout(j, run, out);
    } else if (strcmp(end, "crash") == 0) {
        judge_crash(j, run, out);
    } else if (strcmp(end, "memory") == 0) {
        judge_resource(j,
                       talloc_asprintf(j->ctx, "the %s used too much memory",
                                       ev_subject(j)),
                       true, out);
    } else if (strcmp(end, "output") == 0) {
        judge_resource(
            j,
            talloc_asprintf(j->ctx, "the %s printed too much", ev_subject(j)),
            false, out);
    } else if (strcmp(end, "killed") == 0 || strcmp(end, "exited") == 0 ||
               strcmp(end, "gone") == 0) {
        judge_gone_run(j, run, out);
    }
    judge_failure(j, run, out);
    if (j->program && strcmp(end, "completed") == 0) {
        judge_status(j, num(run, "exit"), out);
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

bool judge_run(const struct judge *j, const json_t *run,
               const struct helgrind_race *races, size_t race_count,
               struct findings *out)
{
    struct findings mine = {0};
    const json_t *notes = json_object_get(run, "notes");
    const json_t *reports = json_object_get(run, "reports");
    struct story story;
    bool costs = false;

    for (size_t i = 0; i < json_array_size(reports); i++) {
        judge_race(j, run, json_array_get(reports, i), &mine);
    }
    for (size_t i = 0; i < race_count; i++) {
        judge_race_helgrind(j, run, &races[i], &mine);
    }
    for (size_t i = 0; i < json_array_size(notes); i++) {
        judge_note(j, run, json_array_get(notes, i), &mine);
    }
    judge_memory(j, run, &mine);
    judge_end(j, run, &mine);
    blame_wake_up(j, run, &mine);
    blame_memory_order(j, run, &mine);
    story = mine.count > 0 ? story_tell(j, run) : (struct story){0};
    for (size_t i = 0; i < mine.count; i++) {
        say_if_unsteady(j, run, &mine.list[i]);
        mine.list[i].story = story;
        /* Two runs in one: count each finding once per run. */
        mine.list[i].seen = 1;
        mine.list[i].advisory = mine.list[i].advisory && !j->strict;
        costs = costs || !mine.list[i].advisory;
        findings_add(j->ctx, out, &mine.list[i]);
    }
    return costs;
}
