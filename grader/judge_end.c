/* SPDX-License-Identifier: MIT */
/* judge_end.c - see judge_end.h. */
#include "judge_end.h"
#include "evidence.h"
#include "judge_spin.h"
#include "judge_standstill.h"

#include <signal.h>
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
                "If it fails in every run, look at the line itself. Else ask "
                "what another thread may do between two of your lines: the "
                "schedule shown here is one in which it does.";
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

/* The last line that was printed, "" if there is none; on the context. */
static const char *last_line(const struct judge *j, const json_t *run)
{
    char *text = talloc_strdup(j->ctx, str(run, "output"));
    size_t n = strlen(text);
    char *line;

    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' ')) {
        text[--n] = '\0';
    }
    line = strrchr(text, '\n');
    return line != NULL ? line + 1 : text;
}

/* That line, if it is one of those. */
static const char *heap_complaint(const struct judge *j, const json_t *run)
{
    const char *line = last_line(j, run);

    for (size_t i = 0; i < sizeof heap_words / sizeof heap_words[0]; i++) {
        const char *at = strstr(line, heap_words[i]);
        if (at != NULL) { /* what was printed before need not end a line */
            return at;
        }
    }
    return NULL;
}

static const char *stopped_by(const struct judge *j, int sig)
{
    const char *name = sigabbrev_np(sig);

    return name == NULL
               ? talloc_asprintf(j->ctx, "the program was stopped by signal %d",
                                 sig)
               : talloc_asprintf(j->ctx,
                                 "the program was stopped by %s (SIG%s)",
                                 strsignal(sig), name);
}

/* What the signals of a fault mean, where its kind's advice is too general. */
static const struct {
    int sig;
    const char *message, *advice;
} faults[] = {
    {SIGABRT, " That line calls abort, or what it calls does.",
     "Ask what the program finds wrong there, and which step of another thread "
     "can have made it so."},
    {SIGFPE, " It divided an integer by 0 (or INT_MIN by -1).",
     "Ask when the divisor can be 0, and which step of another thread can make "
     "it so."},
};

/* Where the thread was and what it did there. */
static void explain_crash(const struct judge *j, const json_t *crash,
                          struct frame at, struct finding *f)
{
    const char *who = ev_thread(j, num(crash, "thread"));
    int sig = (int)num(crash, "signal");
    const char *what = "";

    if (json_is_true(json_object_get(crash, "full"))) {
        what = " Its stack had no room left: it overflowed.";
        f->advice = "Ask how deep the calls can get: does each chain of them "
                    "come to an end? Large arrays belong into memory from "
                    "malloc; pthread_attr_setstacksize gives a thread a larger "
                    "stack.";
    } else if (sig == SIGSEGV && (unsigned long)num(crash, "addr") < 4096) {
        what = " It used a pointer that is NULL.";
        f->advice = "Ask which step gives that pointer its value, and what "
                    "makes that step come first in every run.";
    } else if (sig == SIGSEGV) {
        what = " It used a pointer that points nowhere valid.";
    }
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (faults[i].sig == sig && at.line > 0) {
            what = faults[i].message;
            f->advice = faults[i].advice;
        }
    }
    f->message =
        talloc_asprintf(j->ctx, "%s was at %s.%s", who, ev_place(j, at), what);
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
        f.title = stopped_by(j, sig);
        explain_crash(j, crash, ev_spot(j, &s), &f);
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

/* The signals that a fault raises, and the one that nobody can block. */
static bool is_fault(int sig)
{
    return sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGILL ||
           sig == SIGABRT || sig == SIGSYS || sig == SIGTRAP || sig == SIGKILL;
}

/* A signal of which no handler of ours says where it struck. */
static void explain_signal(int sig, struct finding *f)
{
    if (is_fault(sig)) {
        f->message = "The signal came without a place in the program: it was "
                     "sent by the program itself, or left nothing to look at.";
        f->advice = "Look for calls of kill, raise and abort, and for what may "
                    "have overwritten the stack.";
    } else {
        f->message = "When that signal came there was no handler for it (or "
                     "not yet), and a thread did not block it, or did so no "
                     "longer: then it ends the whole program.";
        f->advice = "Before anybody can send it, and best before the first "
                    "thread is started, either set its handler with sigaction, "
                    "or block it with pthread_sigmask, so that all threads "
                    "inherit that, and fetch it with sigwait. One that came "
                    "while it was blocked comes through when it is let in "
                    "again, unless it was fetched before.";
    }
}

static void judge_gone_run(const struct judge *j, const json_t *run,
                           struct findings *out)
{
    struct finding f = finding_at(
        j, num(run, "signal") != 0 ? KIND_CRASH : KIND_EARLY_EXIT, ev_nowhere);

    if (num(run, "signal") != 0) {
        f.title = stopped_by(j, (int)num(run, "signal"));
        explain_signal((int)num(run, "signal"), &f);
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

/* The exit status of a program: an error only if another one was asked for. */
static void judge_status(const struct judge *j, const json_t *run, long status,
                         struct findings *out)
{
    const char *said = last_line(j, run);
    long wanted = j->expected != NULL ? strtol(j->expected, NULL, 0) : 0;
    struct finding f = finding_at(j, KIND_ASSERTION_FAILED, ev_nowhere);

    if (status == wanted) {
        return;
    }
    f.advisory = j->expected == NULL;
    f.title = talloc_asprintf(j->ctx, "the program ends with exit status %ld",
                              status);
    f.advice = "Find the exit or the return that ends it. A main that returns "
               "nothing ends with any status.";
    f.message = j->expected != NULL
                    ? talloc_asprintf(j->ctx, "It should end with %ld.", wanted)
                    : "Give --expect-exit if that is an error, or if another "
                      "status is.";
    if (said[0] != '\0') {
        f.message = talloc_asprintf(j->ctx, "%s The last that it printed: %s",
                                    f.message, said);
    }
    findings_add(j->ctx, out, &f);
}

/* These two hand a signal over only when the thread comes out of its call, so
 * that a wait which a handler would end has no end. */
static bool keeps_signals_back(const struct judge *j, const json_t *run)
{
    return json_is_true(json_object_get(run, "signalled")) &&
           (strcmp(j->engine, "tsan") == 0 ||
            strcmp(j->engine, "helgrind") == 0);
}

void judge_end(const struct judge *j, const json_t *run, struct findings *out)
{
    const char *end = str(run, "end");

    if (keeps_signals_back(j, run) &&
        (strcmp(end, "stuck") == 0 || strcmp(end, "timeout") == 0)) {
        return;
    }
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
        judge_status(j, run, num(run, "exit"), out);
    }
}
