/* SPDX-License-Identifier: MIT */
/* judge_race.c - see judge_race.h. */
#include "judge_race.h"
#include "evidence.h"
#include "judge_memory.h"
#include "judge_wait.h"
#include "kind.h"

#include <string.h>

/* Which of the two places of a race names it: the same one whichever side
 * noticed, and in the submission if possible. */
static struct frame race_place(const struct judge *j, struct frame a,
                               struct frame b)
{
    bool a_own = ev_submitted(j, a.file);
    bool b_own = ev_submitted(j, b.file);

    if (a_own && b_own) {
        return a.line <= b.line ? a : b;
    }
    return b_own || a.line == 0 ? b : a;
}

static bool is_lock(const json_t *o)
{
    return o == NULL || !is(o, "type", "semaphore") || wait_is_lock(o);
}

/* The names of the locks in `list` that are in `other`, or are not. */
static const char *lock_names(const struct judge *j, const json_t *run,
                              const json_t *list, const json_t *other, bool in)
{
    char *names = talloc_strdup(j->ctx, "");

    for (size_t i = 0; i < json_array_size(list); i++) {
        json_int_t id = json_integer_value(json_array_get(list, i));
        const json_t *o = object_at(run, (long)id);
        const char *name =
            o != NULL ? ev_object(j, o, ev_nowhere) : "another lock";
        if (ev_listed(other, id) == in && is_lock(o) &&
            strstr(names, name) == NULL) {
            names = talloc_asprintf_append(
                names, "%s%s", names[0] != '\0' ? " and " : "", name);
        }
    }
    return names[0] != '\0' ? names : NULL;
}

/* True if some of these can be held by several at a time. */
static bool any_shared(const json_t *run, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *o =
            object_at(run, (long)json_integer_value(json_array_get(list, i)));
        if (o == NULL || !is(o, "type", "mutex")) {
            return true;
        }
    }
    return false;
}

/* TSan tells the locks of both sides together; what the reporting thread
 * holds is known. The rest was held by the other side, which can have held one
 * of the first, too, if that lets several in at a time; `explore` knows. */
static const char *held_words(const struct judge *j, const json_t *run,
                              const json_t *report, const char *first,
                              const char *second)
{
    const json_t *held = json_object_get(report, "held");
    const json_t *locks = json_object_get(report, "locks");
    const char *now = lock_names(j, run, held, NULL, false);
    const char *before = lock_names(j, run, locks, held, false);
    bool apart = strcmp(j->engine, "explore") == 0;
    const char *both = apart ? lock_names(j, run, locks, held, true) : NULL;

    if (both != NULL) {
        return talloc_asprintf(
            j->ctx,
            "Both held %s, which several may hold at a time, as for reading.",
            both);
    }
    if (now == NULL && before == NULL) {
        return "Neither of them held a lock.";
    }
    return talloc_asprintf(j->ctx, "%s held %s, %s held %s%s.", first,
                           now != NULL ? now : "no lock", second,
                           before != NULL                    ? before
                           : !apart && any_shared(run, held) ? "no other"
                                                             : "none",
                           now != NULL && before != NULL
                               ? ": different locks do not exclude one another"
                               : "");
}

/* What the source calls the memory: by a name rather than through a pointer. */
static const char *used_as(const struct judge *j, const json_t *report)
{
    const char *names[2];

    for (size_t i = 0; i < 2; i++) {
        names[i] = ev_accessed_in(
            j, json_object_get(item(report, "accesses", (long)i), "at"));
    }
    return names[0] == NULL || (names[0][0] == '*' && names[1] != NULL)
               ? names[1]
               : names[0];
}

/* Functions that keep something of their own, and those to call instead. */
static const struct keeper {
    const char *function, *what, *instead;
} keepers[] = {
    {"strtok", "the place that `strtok` remembers", "strtok_r"},
    {"localtime", "what `localtime` returns", "localtime_r"},
    {"gmtime", "what `gmtime` returns", "gmtime_r"},
    {"asctime", "what `asctime` returns", "strftime"},
    {"ctime", "what `ctime` returns", "localtime_r and strftime"},
};

/* The one whose memory the race is about, or NULL. */
static const struct keeper *keeper_of(const json_t *report)
{
    for (size_t i = 0; i < sizeof keepers / sizeof keepers[0]; i++) {
        if (is(report, "library", keepers[i].function)) {
            return &keepers[i];
        }
    }
    return NULL;
}

/* ThreadSanitizer takes a close for a write to the descriptor, and what else is
 * done with it for a read. */
static bool is_descriptor(const json_t *report)
{
    return is(report, "where", "fd");
}

/* The memory of a race: a variable, or a block and who allocated it. What is
 * freed is always a block, whatever part of it somebody uses. */
static const char *memory_words(const struct judge *j, const json_t *report,
                                bool block)
{
    const char *name =
        block ? NULL
              : symbol_variable(j->symbols, (uint64_t)num(report, "symbol"));
    struct stack s;

    if (!block && (name == NULL || strchr(name, '+') != NULL)) {
        const char *used = used_as(j, report);
        name = used != NULL || name == NULL
                   ? used
                   : talloc_strndup(j->ctx, name, strcspn(name, "+"));
    }
    if (name != NULL) {
        return talloc_asprintf(j->ctx, "`%s`", name);
    }
    if (is(report, "where", "heap")) {
        s = ev_stack_in(j, report, "allocated");
        return talloc_asprintf(j->ctx, "memory allocated at %s (a block of %s)",
                               ev_place(j, ev_spot(j, &s)),
                               ev_bytes(j, num(report, "size")));
    }
    if (is(report, "where", "stack")) {
        return talloc_asprintf(j->ctx, "a local variable of %s",
                               ev_thread(j, num(report, "owner")));
    }
    return is_descriptor(report) ? "the same descriptor" : "the same memory";
}

static const char *access_verb(const json_t *access)
{
    bool write = json_is_true(json_object_get(access, "write"));

    if (json_is_true(json_object_get(access, "frees"))) {
        return "frees it";
    }
    if (json_is_true(json_object_get(access, "atomic"))) {
        return write ? "writes (atomically)" : "reads (atomically)";
    }
    return write ? "writes" : "reads";
}

static const char *access_words(const struct judge *j, const char *verb,
                                struct frame at)
{
    return talloc_asprintf(j->ctx, "%s at %s", verb, ev_place(j, at));
}

#define BY_ATOMIC                                                           \
    "one thread stores it with memory_order_release after its access, the " \
    "other loads it with memory_order_acquire before its own."

/* True if the submission says so somewhere. */
static bool mentions(const struct judge *j, const char *word)
{
    return j->source_count > 0 && j->sources[0].text != NULL &&
           strstr(j->sources[0].text, word) != NULL;
}

static bool has_atomics(const struct judge *j)
{
    return mentions(j, "stdatomic.h") || mentions(j, "__atomic_") ||
           mentions(j, "__sync_");
}

/* Of a block that one thread frees and another uses, if nothing orders them. */
static struct finding free_finding(const struct judge *j, struct frame at)
{
    struct finding f = finding_at(j, KIND_MEMORY_ERROR, at);

    if (has_atomics(j)) {
        f.advice = talloc_asprintf(
            j->ctx,
            "%s If an atomic tells that nobody does, it must order the two as "
            "well: whoever is done with the block says so with "
            "memory_order_release, and whoever frees it has looked with "
            "memory_order_acquire; a count that both change, with "
            "memory_order_acq_rel.",
            kind_advice(KIND_MEMORY_ERROR));
    }
    return f;
}

/* A mutex is the usual answer; where atomics are at work it may be another. */
static struct finding race_finding(const struct judge *j, struct frame at)
{
    struct finding f = finding_at(j, KIND_DATA_RACE, at);

    if (j->no_mutex) {
        f.advice = "Let an atomic order the two: " BY_ATOMIC;
    } else if (has_atomics(j)) {
        f.advice = "Hold one and the same mutex around every access to this "
                   "memory, reads included. Or let an atomic order the "
                   "two: " BY_ATOMIC;
    }
    return f;
}

static bool ends_in_test(const struct judge *j, const struct stack *s)
{
    return s->count > 0 && !ev_submitted(j, s->frames[0].file);
}

/* Of a race between lines that are not the student's to change. */
static void advise_on_test(const struct judge *j, struct finding *f,
                           const struct stack *a, const struct stack *b)
{

    if (j->program || !ends_in_test(j, a) || !ends_in_test(j, b)) {
        return;
    }
    if (mentions(j, "memory_order_relaxed")) {
        f->advice = "Both are lines of the test, which rely on your functions "
                    "to order them, and a relaxed atomic orders nothing. Let "
                    "others pass only by an atomic that does: " BY_ATOMIC;
    } else {
        f->advice = "Both are lines of the test, which rely on your functions "
                    "to order them. Ask which of yours returned, or let the "
                    "other thread go on, before the first of the two was over.";
    }
}

/* True if a thread goes on to change a variable of its own stack while another,
 * which it gave the address, reads it, and neither takes it for shared: the
 * counter of the loop that starts the threads, most often. */
static bool is_lent(const json_t *report)
{
    const json_t *one = item(report, "accesses", 0);
    const json_t *two = item(report, "accesses", 1);
    bool first = num(one, "thread") == num(report, "owner");
    const json_t *owner = first ? one : two, *other = first ? two : one;

    return is(report, "where", "stack") &&
           num(owner, "thread") == num(report, "owner") &&
           json_is_true(json_object_get(owner, "write")) &&
           !json_is_true(json_object_get(other, "write")) &&
           json_array_size(json_object_get(report, "held")) == 0 &&
           json_array_size(json_object_get(report, "locks")) == 0;
}

/* What is special about the memory says more than the usual advice. */
static void advise_on_memory(const struct judge *j, const json_t *report,
                             const struct keeper *keeper, struct finding *f)
{
    if (keeper != NULL) {
        f->advice = talloc_asprintf(
            j->ctx,
            "The C library has one of it for all threads. Call %s, which works "
            "in memory of yours. Or hold one mutex from the call to the last "
            "use of what came of it.",
            keeper->instead);
    }
    if (is_lent(report)) {
        f->advice = "If each thread is to have a value of its own, give it one "
                    "that nobody changes: an element of an array, a block of "
                    "its own, or the value itself in the pointer. If they are "
                    "to share it, hold one and the same mutex around every "
                    "access, reads included.";
    }
    if (is_descriptor(report)) {
        f->advice = "Here to close, or to open, counts as a write. Once it is "
                    "closed, what others do with its number fails, or meets "
                    "the next file that gets that number. Close it when they "
                    "have been joined, or are told to leave it alone.";
    }
}

void judge_race(const struct judge *j, const json_t *run, const json_t *report,
                struct findings *out)
{
    const json_t *now = item(report, "accesses", 0);
    const json_t *before = item(report, "accesses", 1);
    struct stack s = ev_stack_in(j, now, "at"),
                 s2 = ev_stack_in(j, before, "at");
    struct frame at = ev_spot(j, &s), at2 = ev_spot(j, &s2);
    bool freed = strstr(str(report, "what"), "use-after-free") != NULL;
    bool freeing = is(report, "what", "race-with-free");
    struct finding f = freed || freeing
                           ? free_finding(j, race_place(j, at, at2))
                           : race_finding(j, race_place(j, at, at2));
    const struct keeper *keeper = keeper_of(report);
    const char *what = keeper != NULL
                           ? keeper->what
                           : memory_words(j, report, freed || freeing);
    const char *who = ev_thread(j, num(now, "thread"));
    const char *other = ev_thread(j, num(before, "thread"));
    const char *one, *two;

    /* What a thread function does by itself has no place here, and is no race
     * between two lines: `explore` knows whether the object was still there. */
    if (s.count == 0 || s2.count == 0) {
        return;
    }
    one = access_words(j, access_verb(now), at);
    two = access_words(j, access_verb(before), at2);
    f.advisory = !freed && !freeing && j->advisory_races;
    advise_on_memory(j, report, keeper, &f);
    advise_on_test(j, &f, &s, &s2);
    if (freed && num(now, "thread") == num(before, "thread")) {
        f.advice = ADVICE_FREED_ITSELF;
    }
    f.title = talloc_asprintf(
        j->ctx,
        freed     ? "%s is used after it was freed"
        : freeing ? "%s is freed while another thread may still use it"
                  : "two threads use %s, and nothing orders them",
        what);
    f.message = freed ? talloc_asprintf(j->ctx, "%s %s, and after that %s %s.",
                                        other, two, who, one)
                      : talloc_asprintf(j->ctx,
                                        "%s %s, and %s %s: nothing makes one "
                                        "come before the other. %s",
                                        who, one, other, two,
                                        held_words(j, run, report, who, other));
    finding_add_party(j, &f, ev_thread_long(j, run, num(now, "thread")), one,
                      s);
    finding_add_party(j, &f, ev_thread_long(j, run, num(before, "thread")), two,
                      s2);
    findings_add(j->ctx, out, &f);
}

/* The frames of the submission and the test. None at all if the access was
 * made by a thread function on its own account: what goes on inside the C
 * library is not the submission's doing, and Helgrind misjudges it. */
static struct stack own_part(const struct judge *j, const struct stack *s)
{
    struct stack part = {0};

    for (size_t i = 0; i < s->count; i++) {
        const char *name = s->frames[i].function;
        if (part.count == 0 && (strncmp(name, "__wrap_", 7) == 0 ||
                                strncmp(name, "pthread_", 8) == 0 ||
                                strncmp(name, "sem_", 4) == 0)) {
            return part;
        }
        ev_push_own(j, &part, s->frames[i]);
    }
    return part;
}

/* Helgrind numbers threads from 1, the process's first one, in the order of
 * creation. That one is main, or, in a whole program, what started main. */
static long helgrind_thread(const struct judge *j, long number)
{
    return number - 1 - j->program;
}

void judge_race_helgrind(const struct judge *j, const json_t *run,
                         const struct helgrind_race *r, struct findings *out)
{
    struct stack s = own_part(j, &r->now.stack);
    struct stack s2 = own_part(j, &r->before.stack);
    struct frame at = ev_spot(j, &s), at2 = ev_spot(j, &s2);
    struct finding f = race_finding(j, race_place(j, at, at2));
    const char *one = access_words(j, r->now.write ? "writes" : "reads", at);
    const char *two =
        access_words(j, r->before.write ? "writes" : "reads", at2);
    bool unlocked = strcmp(r->now.locks, "none") == 0 &&
                    strcmp(r->before.locks, "none") == 0;

    if (s.count == 0 || (r->before.stack.count > 0 && s2.count == 0)) {
        return;
    }
    f.advisory = j->advisory_races;
    advise_on_test(j, &f, &s, &s2);
    f.title = "two threads use the same memory, and nothing orders them";
    f.message = talloc_asprintf(
        j->ctx, "%s %s, and %s %s: nothing makes one come before the other. %s",
        ev_thread(j, helgrind_thread(j, r->now.thread)), one,
        r->before.thread > 0
            ? ev_thread(j, helgrind_thread(j, r->before.thread))
            : "another thread",
        s2.count > 0 ? two : "used it earlier",
        unlocked ? "Neither of them held a lock."
                 : "They held no lock in common that keeps the other out.");
    finding_add_party(j, &f,
                      ev_thread_long(j, run, helgrind_thread(j, r->now.thread)),
                      one, s);
    if (s2.count > 0) {
        finding_add_party(
            j, &f, ev_thread_long(j, run, helgrind_thread(j, r->before.thread)),
            two, s2);
    }
    findings_add(j->ctx, out, &f);
}
