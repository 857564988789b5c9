/* SPDX-License-Identifier: MIT */
/* story.c - see story.h.
 *
 * The run was reduced to the fewest switches already; what is left to do is to
 * leave out the steps that do not matter. If threads stand still, those on
 * the objects they wait for matter; if something else failed, what each thread
 * did last before the turn changed hands. */
#include "story.h"
#include "evidence.h"
#include "judge_memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST = 18,   /* events told */
    EDGE = 3,    /* of a thread's uninterrupted steps: this many at each end */
    TELLING = 8, /* of the telling ones before those */
};

struct teller {
    const struct judge *j;
    const json_t *run;
    const json_t *steps;
    bool *keep;
    int *skipped; /* steps thinned out just before this one */
    bool *turns;  /* this one, or the next, came by a choice of the schedule */
    size_t count;
    bool story_ends; /* with the last of the steps */
    long race;       /* the step it is about, if it went on from there; or -1 */
    struct story story;
};

static const json_t *step_at(const struct teller *t, size_t i)
{
    return json_array_get(t->steps, i);
}

static long field(const json_t *step, size_t i)
{
    return (long)json_integer_value(json_array_get(step, i));
}

static const char *word(const json_t *step, size_t i)
{
    const char *s = json_string_value(json_array_get(step, i));

    return s != NULL ? s : "";
}

static bool waits(const json_t *thread)
{
    return !is(thread, "state", "finished") &&
           !is(thread, "state", "running") && thread != NULL;
}

/* True if `o` is waited for: what matters is that, and if it is a condition,
 * its mutex and the other conditions of that. */
static bool matters_to_waiter_of(const json_t *o, const json_t *object)
{
    long mutex = num(o, "partner");

    return num(object, "id") == num(o, "id") ||
           (is(o, "type", "condition") && mutex >= 0 &&
            (num(object, "id") == mutex || (is(object, "type", "condition") &&
                                            num(object, "partner") == mutex)));
}

/* True if it matters to somebody who waits at the end; or a note is about it.
 */
static bool matters(const struct teller *t, long object)
{
    const json_t *notes = json_object_get(t->run, "notes");
    const json_t *what = object_at(t->run, object);

    for (size_t i = 0; i < thread_count(t->run); i++) {
        const json_t *thread = thread_at(t->run, (long)i);
        const json_t *o = object_at(t->run, num(thread, "object"));
        if (waits(thread) && o != NULL && what != NULL &&
            matters_to_waiter_of(o, what)) {
            return true;
        }
    }
    for (size_t i = 0; i < json_array_size(notes); i++) {
        if (num(json_array_get(notes, i), "object") == object) {
            return true;
        }
    }
    return false;
}

static bool stands_still(const json_t *run)
{
    return is(run, "end", "deadlock") || is(run, "end", "stuck");
}

static bool op_is(const json_t *step, const char *op)
{
    return strcmp(word(step, STEP_OP), op) == 0;
}

/* True if the step is about a cancellation or a signal: seldom, and never
 * without effect. */
static bool interrupts(const json_t *step)
{
    return op_is(step, "cancel") || op_is(step, "end") || op_is(step, "kill") ||
           op_is(step, "kill-process");
}

static bool is_access(const json_t *step)
{
    static const char *const ops[] = {"read",  "write",  "free",   "load",
                                      "store", "update", "refused"};

    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (op_is(step, ops[i])) {
            return true;
        }
    }
    return false;
}

/* The step at which two threads were seen to race, and where the other one
 * made its access; `count` if there is no such thing. */
static size_t race_step(const struct teller *t)
{
    size_t i = 0;

    while (i < t->count && (field(step_at(t, i), STEP_OTHER) < 0 ||
                            !is_access(step_at(t, i)))) {
        i++;
    }
    return i;
}

/* The other access of the race, the last one at the place that was reported;
 * if it is no step, the last one of that thread. */
static size_t access_before(const struct teller *t, size_t race)
{
    long other = field(step_at(t, race), STEP_OTHER);
    const json_t *report = item(t->run, "reports", 0);
    const json_t *at = json_object_get(item(report, "accesses", 1), "at");
    size_t last = 0;

    for (size_t i = race; i-- > 0;) {
        const json_t *s = step_at(t, i);
        if (field(s, STEP_THREAD) != other || !is_access(s)) {
            continue;
        }
        if (field(s, STEP_AT) == field(at, 0)) {
            return i;
        }
        last = last == 0 ? i : last;
    }
    return last;
}

/* True if step `s` is `op`, by the thread and on the object of step `other`. */
static bool is_same_but(const json_t *s, const char *op, const json_t *other)
{
    return op_is(s, op) && field(s, STEP_THREAD) == field(other, STEP_THREAD) &&
           field(s, STEP_OBJECT) == field(other, STEP_OBJECT);
}

/* The lock that a thread gives back at step `i`; `i` if that is no step. */
static size_t lock_of(const struct teller *t, size_t i)
{
    for (size_t k = i; k-- > 0;) {
        if (is_same_but(step_at(t, k), "lock", step_at(t, i))) {
            return k;
        }
    }
    return i;
}

/* Of a race that led to nothing in this run: the two threads, from the one
 * access to the other, and the locks that they give back in between. */
static void choose_racers(struct teller *t, size_t race)
{
    long one = field(step_at(t, race), STEP_THREAD);
    long two = field(step_at(t, race), STEP_OTHER);
    size_t from = access_before(t, race);

    for (size_t i = 0; i <= race; i++) {
        long thread = field(step_at(t, i), STEP_THREAD);
        t->keep[i] = op_is(step_at(t, i), "create") ||
                     (i >= from && (thread == one || thread == two) &&
                      !op_is(step_at(t, i), "start"));
        if (t->keep[i] && op_is(step_at(t, i), "unlock")) {
            t->keep[lock_of(t, i)] = true;
        }
    }
    t->count = race + 1;
    t->story_ends = true;
}

static bool waits_for_descriptor(const struct teller *t)
{
    for (size_t i = 0; i < thread_count(t->run); i++) {
        if (is(thread_at(t->run, (long)i), "state", "fd")) {
            return true;
        }
    }
    return false;
}

/* What nobody did and the rules allow. In a reduced run it is still there
 * because nothing fails without it. */
static bool is_odd(const json_t *step)
{
    return (op_is(step, "wake") &&
            strcmp(word(step, STEP_WHY), "spurious") == 0) ||
           op_is(step, "stale") || op_is(step, "weak-failed");
}

/* What was read or written where a switch was needed matters, too: a waiter's
 * look before its wait. So does what is odd. */
static void keep_reasons(struct teller *t)
{
    const json_t *switches = json_object_get(t->run, "switches");

    for (size_t n = 0; n < json_array_size(switches); n++) {
        size_t at = (size_t)json_integer_value(json_array_get(switches, n));
        for (size_t i = at > 0 ? at - 1 : at; i <= at && i < t->count; i++) {
            t->keep[i] = t->keep[i] || is_access(step_at(t, i));
        }
    }
    for (size_t i = 0; i < t->count; i++) {
        t->keep[i] = t->keep[i] || is_odd(step_at(t, i));
    }
}

/* In a standstill the objects waited for. Otherwise, or if somebody waits for a
 * descriptor, every step, except that threads begin and are joined at last. */
static void choose_objects(struct teller *t)
{
    bool all = !stands_still(t->run) || waits_for_descriptor(t), any = false;
    size_t last = t->count;

    while (last > 0 && op_is(step_at(t, last - 1), "join")) {
        last--;
    }
    for (size_t i = 0; i < t->count; i++) {
        long object = field(step_at(t, i), STEP_OBJECT);
        t->keep[i] =
            (object >= 0 && matters(t, object)) || interrupts(step_at(t, i));
        any = any || t->keep[i];
    }
    for (size_t i = 0; i < t->count && (all || !any); i++) {
        t->keep[i] = i < last && !op_is(step_at(t, i), "start");
    }
    keep_reasons(t);
}

/* The unlock by which a thread gave back what it locked at step `i`; count if
 * it has it still. */
static size_t unlock_of(const struct teller *t, size_t i)
{
    size_t k = i + 1;

    while (k < t->count &&
           !is_same_but(step_at(t, k), "unlock", step_at(t, i))) {
        k++;
    }
    return k;
}

/* In a circle of waits, what was locked and unlocked again is history. */
static void drop_history(struct teller *t)
{
    for (size_t i = 0; i < t->count; i++) {
        size_t k = op_is(step_at(t, i), "lock") ? unlock_of(t, i) : t->count;
        if (k < t->count) {
            t->keep[i] = t->keep[k] = false;
        } else if (op_is(step_at(t, i), "unlock") && lock_of(t, i) == i) {
            t->keep[i] = false; /* the lock was before the first step */
        }
    }
}

/* In a reduced run these are the switches without which nothing fails: what
 * comes before and after each. */
static void mark_turns(struct teller *t)
{
    const json_t *switches = json_object_get(t->run, "switches");

    for (size_t n = 0; n < json_array_size(switches); n++) {
        size_t after = (size_t)json_integer_value(json_array_get(switches, n));
        size_t before = after;
        while (after < t->count && !t->keep[after]) {
            after++;
        }
        while (before > 0 && !t->keep[before - 1]) {
            before--;
        }
        if (before > 0 && after < t->count) {
            t->turns[before - 1] = t->turns[after] = true;
        }
    }
}

/* The last signal on a condition, which woke another than those who wait. */
static bool passes_over(const struct teller *t, size_t i)
{
    long condition = field(step_at(t, i), STEP_OBJECT);

    if (!op_is(step_at(t, i), "signal") || !matters(t, condition)) {
        return false;
    }
    while (++i < t->count) {
        if (op_is(step_at(t, i), "signal") &&
            field(step_at(t, i), STEP_OBJECT) == condition) {
            return false;
        }
    }
    return true;
}

static bool is_telling(const struct teller *t, size_t i)
{
    return t->turns[i] || is_odd(step_at(t, i)) || passes_over(t, i);
}

static bool changes(const json_t *step)
{
    return op_is(step, "write") || op_is(step, "store") ||
           op_is(step, "update");
}

/* The next kept step by the thread of step `i`; count if there is none. */
static size_t next_of_thread(const struct teller *t, size_t i)
{
    size_t k = i + 1;

    while (k < t->count &&
           (!t->keep[k] || field(step_at(t, k), STEP_THREAD) !=
                               field(step_at(t, i), STEP_THREAD))) {
        k++;
    }
    return k;
}

/* True if the story shows what is in the variable of step `i` both before and
 * after. */
static bool is_shown_around(const struct teller *t, size_t i)
{
    long variable = field(step_at(t, i), STEP_ADDRESS);
    bool before = false, after = false;

    for (size_t k = 0; k < t->count && variable != 0; k++) {
        if (t->keep[k] && is_access(step_at(t, k)) &&
            field(step_at(t, k), STEP_ADDRESS) == variable) {
            before = before || k < i;
            after = after || k > i;
        }
    }
    return before && after;
}

/* A value must not jump: where it is changed by a step that is left out, the
 * next line of that thread says that there was one. */
static void mark_changes(struct teller *t)
{
    for (size_t i = 0; i < t->count; i++) {
        if (!t->keep[i] && changes(step_at(t, i)) && is_shown_around(t, i)) {
            size_t next = next_of_thread(t, i);
            if (next < t->count && t->skipped[next] == 0) {
                t->skipped[next] = 1;
            }
        }
    }
}

/* Of what a thread did in one go, only the beginning and the end. */
static void thin_out(struct teller *t)
{
    size_t from = 0;

    while (from < t->count) {
        long thread = field(step_at(t, from), STEP_THREAD);
        size_t to = from, kept = 0, seen = 0;
        int skipped = 0;
        while (to < t->count && field(step_at(t, to), STEP_THREAD) == thread) {
            kept += t->keep[to++];
        }
        for (size_t i = from; i < to; i++) {
            if (t->keep[i]) {
                seen++;
                t->keep[i] =
                    seen <= EDGE || seen + EDGE > kept || is_telling(t, i);
                t->skipped[i] = t->keep[i] ? skipped : 0;
                skipped = t->keep[i] ? 0 : skipped + 1;
            }
        }
        from = to;
    }
}

/* The last MOST, and what was telling before them; true if something was left
 * out before the first. */
static bool cut_beginning(struct teller *t)
{
    size_t kept = 0, telling = 0, first = t->count;
    bool cut = false;

    for (size_t i = t->count; i-- > 0;) {
        bool stays = kept < MOST || (is_telling(t, i) && telling < TELLING);
        if (!t->keep[i]) {
            continue;
        }
        telling += kept >= MOST && stays;
        kept++;
        t->keep[i] = stays;
        if (stays) {
            first = i;
            cut = false;
        } else {
            cut = true;
            t->skipped[first]++;
        }
    }
    if (cut) {
        t->skipped[first] = 0;
    }
    return cut;
}

/* -- words ------------------------------------------------------------------
 */

/* Without the marks that set it off in a sentence. */
static const char *bare(const struct teller *t, const char *name)
{
    size_t n = strlen(name);

    return n > 2 && name[0] == '`' ? talloc_strndup(t->j->ctx, name + 1, n - 2)
                                   : name;
}

/* True if the story has a line about it. */
static bool appears(const struct teller *t, long object)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->keep[i] && field(step_at(t, i), STEP_OBJECT) == object) {
            return true;
        }
    }
    for (size_t i = 0; i < thread_count(t->run); i++) {
        const json_t *thread = thread_at(t->run, (long)i);
        if (waits(thread) && num(thread, "object") == object) {
            return true;
        }
    }
    return false;
}

/* In a deadlock, the number that the finding gives a lock of the circle: its
 * place among them; 0 for any other object. */
static int label_of(const struct teller *t, long object)
{
    const json_t *circle = json_object_get(t->run, "cycle");
    int label = 0;

    for (size_t i = 0; i < json_array_size(circle); i++) {
        const json_t *thread = thread_at(t->run, field(circle, i));
        label += !is(thread, "state", "join");
        if (num(thread, "object") == object) {
            return label;
        }
    }
    return 0;
}

/* The object's name; two objects of one name are told apart by numbers. The
 * label of a lock of the circle does that as well, so that it can have the name
 * that the line `at` gives it. */
static const char *name_of(const struct teller *t, long object, struct frame at)
{
    static const struct frame none = {"?", "", 0};
    const char *name = ev_object(t->j, object_at(t->run, object), none);
    size_t n = json_array_size(json_object_get(t->run, "objects"));
    int number = 1, same = 0, label = label_of(t, object);

    if (label > 0) {
        name = ev_object(t->j, object_at(t->run, object), at);
        return talloc_asprintf(t->j->ctx, "%s L%d", bare(t, name), label);
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *o = object_at(t->run, (long)i);
        if (strcmp(ev_object(t->j, o, none), name) == 0 &&
            appears(t, (long)i)) {
            same++;
            number += (long)i < object;
        }
    }
    name = bare(t, name);
    return same > 1 ? talloc_asprintf(t->j->ctx, "%s #%d", name, number) : name;
}

/* %o is the object, %t the other thread, %v the variable, %= its value, %c the
 * call. */
static const struct {
    const char *op, *why, *text;
} words[] = {
    {"start", NULL, "begins"},
    {"create", NULL, "starts %t"},
    {"join", NULL, "joins %t"},
    {"lock", NULL, "locks %o"},
    {"try-failed", NULL, "tries %o, in vain"},
    {"unlock", NULL, "unlocks %o"},
    {"wait", NULL, "waits on %o"},
    {"wake", "told", "is woken from %o"},
    {"wake", "time", "gives up on %o: time is up"},
    {"wake", "spurious", "wakes up; nobody signalled %o"},
    {"signal", NULL, "signals %o"},
    {"broadcast", NULL, "broadcasts %o"},
    {"take", NULL, "takes a permit of %o"},
    {"post", NULL, "posts %o"},
    {"arrive", NULL, "arrives at %o"},
    {"wake", "cancelled", "stops waiting on %o"},
    {"sleep", NULL, "sleeps"},
    {"once", NULL, "begins the initialiser of %o"},
    {"once-done", NULL, "is done with %o"},
    {"block", NULL, "has to wait"},
    {"end", NULL, "is cancelled"},
    {"load", "relaxed", "reads %v%= (relaxed)"},
    {"load", NULL, "reads %v%="},
    {"store", "relaxed", "writes %v%= (relaxed)"},
    {"store", NULL, "writes %v%="},
    {"update", "relaxed", "updates %v%= (relaxed)"},
    {"update", NULL, "updates %v%="},
    {"read", NULL, "reads %v%="},
    {"write", NULL, "writes %v"},
    {"free", NULL, "frees the block"},
    {"stale", NULL, "reads %v%=, an older value"},
    {"refused", NULL, "finds %v%=, leaves it"},
    {"weak-failed", NULL, "fails to exchange, for no reason"},
    {"cancel", NULL, "cancels %t"},
    {"kill", NULL, "sends %t a signal"},
    {"kill-process", NULL, "sends the process a signal"},
    {"interrupted", NULL, "goes on with EINTR: a handler has run"},
    {"call", NULL, "calls %c"},
};

/* As the line spells it; where a macro hides that, or it has more of the kind
 * than one can tell apart, by its own name. */
static const char *variable(const struct teller *t, const json_t *step)
{
    const char *spelled = ev_accessed(t->j, field(step, STEP_AT));
    const char *own =
        symbol_variable(t->j->symbols, (uint64_t)field(step, STEP_ADDRESS));

    if (own == NULL) {
        return spelled != NULL ? spelled : "a variable";
    }
    own = talloc_strndup(t->j->ctx, own, strcspn(own, "+"));
    return spelled == NULL || (strpbrk(spelled, "-.[*") == NULL &&
                               strcmp(spelled, own) != 0)
               ? own
               : spelled;
}

/* ": 3"; addresses say nothing. */
static const char *value(const struct teller *t, const json_t *step)
{
    const json_t *v = json_array_get(step, STEP_VALUE);
    json_int_t n = json_integer_value(v);

    return json_is_integer(v) && n > -1000000 && n < 1000000000
               ? talloc_asprintf(t->j->ctx, ": %ld", (long)n)
               : "";
}

/* "close(5)"; "poll" is about several. */
static const char *call(const struct teller *t, const json_t *step)
{
    return json_array_size(step) <= STEP_VALUE
               ? word(step, STEP_WHY)
               : talloc_asprintf(t->j->ctx, "%s(%ld)", word(step, STEP_WHY),
                                 field(step, STEP_VALUE));
}

/* What a letter in `words` stands for; NULL: nothing. */
static const char *part(const struct teller *t, const json_t *step, char letter)
{
    switch (letter) {
    case 'o':
        return name_of(t, field(step, STEP_OBJECT),
                       ev_frame(t->j, field(step, STEP_AT)));
    case 't':
        return ev_thread(t->j, field(step, STEP_OTHER));
    case 'v':
        return variable(t, step);
    case '=':
        return value(t, step);
    case 'c':
        return call(t, step);
    default:
        return NULL;
    }
}

static const char *fill_in(const struct teller *t, const char *text,
                           const json_t *step)
{
    char *s = talloc_strdup(t->j->ctx, "");

    for (const char *p = text; *p != '\0'; p++) {
        const char *what = p[0] == '%' ? part(t, step, p[1]) : NULL;
        if (what != NULL) {
            s = talloc_strdup_append(s, what);
            p++;
        } else {
            s = talloc_strndup_append(s, p, 1);
        }
    }
    return s;
}

static const char *step_words(const struct teller *t, const json_t *step)
{
    const char *op = word(step, STEP_OP);

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].op, op) == 0 &&
            (words[i].why == NULL ||
             strcmp(words[i].why, word(step, STEP_WHY)) == 0)) {
            return fill_in(t, words[i].text, step);
        }
    }
    return talloc_strdup(t->j->ctx, op); /* the evidence is gone before us */
}

/* -- the table --------------------------------------------------------------
 */

static int column(struct teller *t, long thread)
{
    const char *name = ev_thread(t->j, thread);
    struct story *s = &t->story;

    for (size_t i = 0; i < s->thread_count; i++) {
        if (strcmp(s->threads[i], name) == 0) {
            return (int)i;
        }
    }
    s->threads = talloc_realloc(t->j->ctx, s->threads, const char *,
                                (unsigned)s->thread_count + 1);
    s->threads[s->thread_count++] = name;
    return (int)s->thread_count - 1;
}

static struct event *add_event(struct teller *t, long thread, const char *what,
                               struct frame at, bool end)
{
    struct story *s = &t->story;

    s->events = talloc_realloc(t->j->ctx, s->events, struct event,
                               (unsigned)s->count + 1);
    s->events[s->count] = (struct event){
        .what = what, .file = at.file, .line = at.line, .end = end};
    s->events[s->count].column = column(t, thread);
    return &s->events[s->count++];
}

/* In a circle of waits, its members; else whoever waits for something other
 * than the end of a thread, or, if there is nobody, everybody. */
static bool takes_part(const struct teller *t, long id)
{
    const json_t *cycle = json_object_get(t->run, "cycle");
    bool others = false;

    for (size_t i = 0; i < json_array_size(cycle); i++) {
        if (json_integer_value(json_array_get(cycle, i)) == id) {
            return true;
        }
    }
    for (size_t i = 0; i < thread_count(t->run); i++) {
        const json_t *thread = thread_at(t->run, (long)i);
        others = others || (waits(thread) && !is(thread, "state", "join"));
    }
    return json_array_size(cycle) == 0 &&
           !(others && is(thread_at(t->run, id), "state", "join"));
}

/* Where the story ends for those who wait. */
static void add_ends(struct teller *t)
{
    for (size_t i = 0; i < thread_count(t->run); i++) {
        const json_t *thread = thread_at(t->run, (long)i);
        struct stack s = ev_stack_in(t->j, thread, "stack");
        const json_t *o = object_at(t->run, num(thread, "object"));
        const char *what;
        if (!waits(thread) || !takes_part(t, (long)i)) {
            continue;
        }
        if (is(thread, "state", "join")) {
            what = talloc_asprintf(t->j->ctx, "waits for %s to end",
                                   ev_thread(t->j, num(thread, "joins")));
        } else if (o != NULL) {
            what = talloc_asprintf(t->j->ctx, "waits for %s",
                                   name_of(t, num(o, "id"), ev_spot(t->j, &s)));
        } else {
            what = "waits";
        }
        add_event(t, (long)i, what, ev_spot(t->j, &s), t->race < 0);
    }
}

/* The call that was misuse, if that is what failed. */
static void add_misuse(struct teller *t)
{
    const json_t *note = json_array_get(json_object_get(t->run, "notes"), 0);
    struct stack s = ev_stack_in(t->j, note, "at");

    const char *what = NULL;

    if (is(note, "kind", "use-after-free")) {
        what = "uses the block";
    } else if (is(note, "kind", "beside-block")) {
        what = "goes beyond the block";
    } else if (str(note, "word")[0] != '\0' &&
               !is(note, "kind", "lock-order")) {
        what = talloc_asprintf(t->j->ctx, "calls %s", str(note, "word"));
    }
    if (is(t->run, "end", "failed") && what != NULL) {
        add_event(t, num(note, "thread"), what, ev_spot(t->j, &s), t->race < 0);
    }
}

/* What failed, where nothing stands still. */
static void add_failure(struct teller *t)
{
    const json_t *failure = json_object_get(t->run, "failure");
    const json_t *crash = json_object_get(t->run, "crash");
    const char *path = symbol_file(str(failure, "file"));
    const char *what;
    struct frame at;
    long thread;

    if (crash != NULL) {
        struct stack s = ev_stack_in(t->j, crash, "at");
        add_event(t, num(crash, "thread"), "crashes", ev_spot(t->j, &s),
                  t->race < 0);
    } else if (failure != NULL) {
        at = (struct frame){"?", talloc_strdup(t->j->ctx, path),
                            (int)num(failure, "line")};
        add_event(t, num(failure, "thread"), "this check fails", at,
                  t->race < 0);
    } else if (judge_memory_end(t->j, t->run, &thread, &what, &at)) {
        add_event(t, thread, what, at, t->race < 0);
    } else {
        add_misuse(t);
    }
}

static void add_steps(struct teller *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const json_t *s = step_at(t, i);
        if (t->keep[i]) {
            add_event(t, field(s, STEP_THREAD), step_words(t, s),
                      ev_frame(t->j, field(s, STEP_AT)), (long)i == t->race)
                ->skipped = t->skipped[i];
        }
    }
}

struct story story_tell(const struct judge *j, const json_t *run, bool of_race)
{
    struct teller t = {.j = j,
                       .run = run,
                       .steps = json_object_get(run, "story"),
                       .race = -1,
                       .story = {.file = j->sources[0].name}};
    size_t race;

    t.count = json_array_size(t.steps);
    if (t.count == 0 || thread_count(run) < 2) {
        return t.story;
    }
    t.keep = talloc_zero_array(j->ctx, bool, (unsigned)t.count);
    t.skipped = talloc_zero_array(j->ctx, int, (unsigned)t.count);
    t.turns = talloc_zero_array(j->ctx, bool, (unsigned)t.count);
    race = race_step(&t);
    if (of_race && race == t.count) {
        return t.story; /* the accesses are no steps */
    }
    if (race < t.count && is(run, "end", "completed")) {
        choose_racers(&t, race);
    } else {
        choose_objects(&t);
    }
    if (is(run, "end", "deadlock")) {
        drop_history(&t);
    }
    mark_turns(&t);
    thin_out(&t);
    t.story.cut = cut_beginning(&t);
    if (of_race && race < t.count) {
        t.keep[race] = t.keep[access_before(&t, race)] = true;
        t.race = (long)race;
    }
    mark_changes(&t);
    add_steps(&t);
    if (t.story_ends) {
        t.story.events[t.story.count - 1].end = true;
    } else if (stands_still(run)) {
        add_ends(&t);
    } else {
        add_failure(&t);
    }
    return t.story;
}
