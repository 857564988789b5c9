/* SPDX-License-Identifier: MIT */
/* judge_note.c - see judge_note.h. Most notes are a row of the table; locks in
 * both orders have two places and need words of their own. */
#include "judge_note.h"
#include "evidence.h"
#include "judge_memory.h"

#include <string.h>

/* One row per note: its kind, and the words. %1 the thread, %2 the object,
 * %3 the call, %4 the other thread, %5 the place of the other half. */
static const struct {
    const char *note;
    enum kind kind;
    const char *title, *message, *advice;
} note_table[] = {
    {"unlock-not-held", KIND_THREAD_MISUSE,
     "%2 is unlocked although nobody holds it",
     "%1 calls %3, but the lock is not locked at that moment. What then "
     "happens is undefined.",
     "Unlock exactly once for every lock, on every path."},
    {"unlock-not-owner", KIND_THREAD_MISUSE,
     "%2 is unlocked by a thread that does not hold it",
     "%1 calls %3, but the lock was taken by %4 at %5. Only the thread that "
     "locked a mutex may unlock it.",
     "Let the thread that locks be the one that unlocks; to wake another "
     "thread, use a condition variable or a semaphore."},
    {"destroy-in-use", KIND_THREAD_MISUSE, "%2 is destroyed while in use",
     "%1 calls %3 while the object is still locked or waited for%5.",
     "Make sure no thread holds it or waits on it before it is destroyed."},
    {"wait-without-mutex", KIND_THREAD_MISUSE,
     "a condition wait without holding the mutex",
     "%1 calls %3 with %2, but does not hold that mutex. The wait must give "
     "the mutex up and go to sleep in one step, so it must hold it first.",
     "Lock the mutex, check the state, and only then wait, all under one "
     "lock."},
    {"two-mutexes", KIND_THREAD_MISUSE,
     "one condition variable is used with two mutexes",
     "%1 waits with %2 while another thread waits on the same condition with "
     "another mutex.",
     "One condition variable belongs to one mutex."},
    {"join-twice", KIND_THREAD_MISUSE, "a thread is joined twice",
     "%1 calls %3 for %4, which was joined before at %5. After a join the "
     "handle means nothing any more.",
     "Join each thread exactly once."},
    {"join-detached", KIND_THREAD_MISUSE, "a detached thread is joined",
     "%1 calls %3 for %4, which was detached: a detached thread cannot be "
     "joined.",
     "Decide for each thread: joined once, or detached, never both."},
    {"join-self", KIND_THREAD_MISUSE, "a thread joins itself",
     "%1 calls %3 for itself: it would wait for its own end.",
     "Let another thread join it."},
    {"join-unknown", KIND_THREAD_MISUSE,
     "something is joined that is no thread",
     "%1 calls %3 with a handle that no pthread_create ever filled in.",
     "Join only the threads that pthread_create reported as started."},
    {"detach-twice", KIND_THREAD_MISUSE,
     "a thread is detached that is already detached or joined",
     "%1 calls %3 for %4, which was detached or joined before.",
     "Decide for each thread: joined once, or detached, never both."},
    {"missing-join", KIND_MISSING_JOIN, "a thread was started and never joined",
     "%1 was still neither joined nor detached when the test ended.", NULL},
    {"not-joined", KIND_MISSING_JOIN, "a thread is neither joined nor detached",
     "The program ended without joining or detaching %1. Nothing was lost by "
     "it this time, but whoever does not wait for a thread cannot know what it "
     "has done.",
     "Join the thread before the program ends, or detach it if nobody needs "
     "to know when it is done."},
    {"cut-short", KIND_MISSING_JOIN,
     "the program ends while a thread is still at work",
     "The program ended%5 while %1 was still running; nobody had joined it. "
     "The end of the program ends every thread: what those that are still at "
     "work were going to print is lost. On most days they are fast enough.",
     "Call pthread_join for every thread before main returns or calls exit."},
    {"cut-short-detached", KIND_EARLY_EXIT,
     "the program ends while a thread is still at work",
     "The program ended%5 while %1 was still running. The end of the program "
     "ends every thread: what those that are still at work were going to print "
     "is lost. On most days they are fast enough.",
     "Wait until the thread is done before main returns or anybody calls "
     "exit. A thread ends itself alone by returning or by pthread_exit."},
    {"exit-holding", KIND_HANG, "a thread ended holding %2",
     "%1 ended while it held the lock it took here. Whoever locks it next "
     "waits for ever: nobody is left who could unlock it.",
     "Unlock on every way out, the early returns too."},
    {"cancelled-holding", KIND_HANG, "a thread was cancelled holding %2",
     "%1, which %4 cancelled at %5, ended while it held the lock it took "
     "here, and no clean-up handler unlocked it (a wait on a condition takes "
     "its mutex again before it ends). Whoever locks it next waits for ever.",
     "Push a handler that unlocks, with pthread_cleanup_push, as soon as the "
     "lock is taken. Better, do not cancel: set a flag that the thread looks "
     "at, and wake it up."},
    {"use-after-free", KIND_MEMORY_ERROR, "memory is used after it was freed",
     "%1 uses a block of memory here that %4 had given back with free at %5. "
     "What is in it by then is anybody's.",
     "Free a block only when no thread can use it any more: after the join, or "
     "when the last reference to it is gone."},
    {"freed-twice", KIND_MEMORY_ERROR, "memory is freed twice",
     "%1 calls free for a block here that %4 had freed already at %5.",
     "Let exactly one thread free a block: the last one that uses it."},
    {"beside-block", KIND_MEMORY_ERROR, "an access beyond the end of a block",
     "%1 uses memory here that lies just outside a block, which %4 had "
     "allocated at %5.",
     "Ask how large the index or the length can get in this schedule, and "
     "what was to keep it in bounds."},
    {"use-after-return", KIND_MEMORY_ERROR,
     "a local variable is used after its function has returned",
     "%1 uses memory here that lies on the stack of %4, below everything that "
     "is in use there (%4 had used it at %5). The function whose variable "
     "that was has returned; the next call overwrites it.",
     ADVICE_LIFETIME},
    {"called-exit", KIND_EARLY_EXIT, "the program calls %3 inside a test",
     "%1 calls %3 here, which ends the test before it could check anything.",
     NULL},
    {"not-made", KIND_THREAD_MISUSE, "%2 is used, but is no initialised mutex",
     "%1 calls %3 on memory that holds no mutex: pthread_mutex_init was never "
     "called on it, or it has been destroyed. What then happens is undefined; "
     "that it often seems to work is luck.",
     "Call pthread_mutex_init where the object is made, before any thread can "
     "see it, and destroy it only when no thread can use it any more."},
    {"destroyed", KIND_THREAD_MISUSE, "%2 is used after it was destroyed",
     "%1 calls %3 on an object that %4 had destroyed at %5. What then happens "
     "is undefined; that it often seems to work is luck.",
     "Destroy an object only when no thread can use it any more: after the "
     "joins."},
    {"bad-time", KIND_THREAD_MISUSE, "a wait whose time limit is no time",
     "%1 calls %3 again and again with a time limit whose nanoseconds are not "
     "from 0 to 999,999,999. The call returns EINVAL at once and does not "
     "wait; the loop around it only keeps the processor busy.",
     "After adding to tv_nsec carry: while it is 1,000,000,000 or more, take "
     "that off and add one to tv_sec. And look at what the call returns: "
     "ETIMEDOUT is not the only error."},
    {"forked-lock", KIND_HANG,
     "a forked process waits for a lock that nobody can unlock there",
     "%1 forked while %4 held %2 (taken at %5). A new process has only the "
     "thread that forked, so in it that lock stays locked for ever; and it "
     "calls %3 here.",
     "Fork before threads are started, or do nothing after it but exec; or let "
     "pthread_atfork take the locks before the fork and give them back after "
     "it."},
    {"copied", KIND_THREAD_MISUSE, "%2 is a copy of a mutex that was locked",
     "%1 calls %3 on a mutex that counts as locked, although nobody has locked "
     "it: its memory was copied from another one at a moment when that was "
     "held. Whoever locks the copy waits for an unlock that goes elsewhere.",
     "Do not copy structs that hold a mutex; pass pointers to them, and "
     "initialise each mutex where it is."},
    {"never-made", KIND_THREAD_MISUSE, "%2 is used, but was never initialised",
     "%1 calls %3 on an object that nobody has initialised: there is no "
     "initialiser for its type, so its init function has to be called. What "
     "happens without is undefined.",
     "Call pthread_barrier_init, or pthread_spin_init, before any thread can "
     "use the object."},
    {"too-many-threads", KIND_RESOURCE_LIMIT, "more than 158 threads at a time",
     "%1 starts yet another thread, while as many live: one run may not have "
     "that many.",
     "Start a fixed number of threads, and give each more work."},
};

/* Fills in the %N of the table. */
static const char *note_words(const struct judge *j, const char *format,
                              const char *const *args)
{
    char *s = talloc_strdup(j->ctx, "");

    for (const char *p = format; *p != '\0'; p++) {
        if (*p == '%' && p[1] >= '1' && p[1] <= '5') {
            s = talloc_strdup_append(s, args[*++p - '1']);
        } else {
            s = talloc_strndup_append(s, p, 1);
        }
    }
    return s;
}

static void judge_lock_order(const struct judge *j, const json_t *run,
                             const json_t *note, struct findings *out)
{
    struct stack s = ev_stack_in(j, note, "at"),
                 s2 = ev_stack_in(j, note, "also");
    struct frame at = ev_spot(j, &s), at2 = ev_spot(j, &s2);
    const json_t *a = object_at(run, num(note, "object"));
    const json_t *b = object_at(run, num(note, "other"));
    struct finding f = finding_at(j, KIND_LOCK_ORDER, at);
    const char *na, *nb;

    if (!is(note, "word", "apart")) {
        return; /* they overlap here: a deadlock if any schedule makes one */
    }
    f.advisory = j->program; /* its joins are part of it: no run deadlocks */
    na = ev_object(j, b,
                   s2.count > 0 ? s2.frames[0] : at2); /* the call itself */
    nb = ev_object(j, a, s.count > 0 ? s.frames[0] : at);
    f.title = "two locks are taken in both orders";
    f.message = talloc_asprintf(
        j->ctx,
        "At %s a lock (call it L1: %s) is taken while another is held (L2: "
        "%s); at %s L2 is taken while L1 is held. In this %s the two never "
        "meet, but two threads that do so at the same time can each hold one "
        "lock and wait for the other.",
        ev_place(j, at2), na, nb, ev_place(j, at), ev_subject(j));
    finding_add_party(j, &f, "one way", "takes L1 while it holds L2", s2);
    finding_add_party(j, &f, "the other way", "takes L2 while it holds L1", s);
    finding_add_lock(j, &f, "L1", na);
    finding_add_lock(j, &f, "L2", nb);
    findings_add(j->ctx, out, &f);
}

/* The object a note is about. A wait is about its mutex, which the call names
 * second. */
static const char *note_object(const struct judge *j, const json_t *note,
                               const json_t *o, struct frame at)
{
    bool wait = is(note, "kind", "wait-without-mutex") ||
                is(note, "kind", "two-mutexes");
    const char *mutex = wait ? ev_waits_with(j, at) : NULL;

    if (mutex != NULL) {
        return talloc_asprintf(j->ctx, "`%s`", mutex);
    }
    return o != NULL ? ev_object(j, o, at) : "it";
}

/* Something was lost in this run, so it cannot be said that nothing was. */
static bool cuts_short(const json_t *run)
{
    const json_t *notes = json_object_get(run, "notes");

    for (size_t i = 0; i < json_array_size(notes); i++) {
        if (strncmp(str(json_array_get(notes, i), "kind"), "cut-short", 9) ==
            0) {
            return true;
        }
    }
    return false;
}

/* Its place is where the thread was started, not where it was. */
static bool starts(const json_t *note)
{
    return is(note, "kind", "missing-join") || is(note, "kind", "not-joined") ||
           is(note, "kind", "cut-short") ||
           (is(note, "kind", "cut-short-detached") && num(note, "thread") > 0);
}

static bool was_freed(const json_t *note)
{
    return is(note, "kind", "use-after-free") ||
           is(note, "kind", "freed-twice");
}

/* Who gave the block back. */
static void add_freer(const struct judge *j, const json_t *run,
                      const json_t *note, struct stack at, struct finding *f)
{
    if (num(note, "other") == num(note, "thread")) {
        f->advice = ADVICE_FREED_ITSELF;
    }
    finding_add_party(j, f, ev_thread_long(j, run, num(note, "other")),
                      "had freed it here", at);
}

void judge_note(const struct judge *j, const json_t *run, const json_t *note,
                struct findings *out)
{
    struct stack s = ev_stack_in(j, note, "at"),
                 s2 = ev_stack_in(j, note, "also");
    struct frame at = ev_spot(j, &s);
    const json_t *o = object_at(run, num(note, "object"));
    const char *args[5] = {ev_thread(j, num(note, "thread")),
                           note_object(j, note, o, at), str(note, "word"),
                           num(note, "other") >= 0 &&
                                   !is(note, "kind", "wait-without-mutex")
                               ? ev_thread(j, num(note, "other"))
                               : "another thread",
                           ev_place(j, ev_spot(j, &s2))};

    if (strncmp(str(note, "kind"), "cut-short", 9) == 0) {
        args[4] = s2.count > 0 ? talloc_asprintf(j->ctx, " (%s)", args[4])
                               : ", main having returned,";
    }
    if (is(note, "kind", "destroy-in-use")) {
        args[4] = s2.count > 0
                      ? talloc_asprintf(j->ctx, " (taken at %s)", args[4])
                      : "";
    }
    if (is(note, "kind", "not-joined") && cuts_short(run)) {
        return;
    }
    if (is(note, "kind", "lock-order")) {
        judge_lock_order(j, run, note, out);
        return;
    }
    for (size_t i = 0; i < sizeof note_table / sizeof note_table[0]; i++) {
        struct finding f;
        if (!is(note, "kind", note_table[i].note)) {
            continue;
        }
        f = finding_at(j, note_table[i].kind, at);
        f.advisory = is(note, "kind", "not-joined") ||
                     (j->program && is(note, "kind", "too-many-threads"));
        f.title = note_words(j, note_table[i].title, args);
        f.message = note_words(j, note_table[i].message, args);
        if (note_table[i].advice != NULL) {
            f.advice = note_table[i].advice;
        }
        finding_add_party(j, &f, ev_thread_long(j, run, num(note, "thread")),
                          starts(note) ? "was started here" : "is here", s);
        if (was_freed(note)) {
            add_freer(j, run, note, s2, &f);
        }
        findings_add(j->ctx, out, &f);
    }
}
