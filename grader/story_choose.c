/* SPDX-License-Identifier: MIT */
/* story_choose.c - which steps are told.
 *
 * The run was reduced to the fewest switches already; what is left to do is to
 * leave out the steps that do not matter. If threads stand still, those on
 * the objects they wait for matter; if something else failed, what each thread
 * did last before the turn changed hands. */
#include "teller.h"

enum {
    MOST = 18,   /* events told */
    EDGE = 3,    /* of a thread's uninterrupted steps: this many at each end */
    TELLING = 8, /* of the telling ones before those */
};

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
        if (teller_waits(thread) && o != NULL && what != NULL &&
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

size_t story_race(const json_t *run)
{
    const json_t *steps = json_object_get(run, "story");
    size_t i = 0, count = json_array_size(steps);

    while (i < count && (field(json_array_get(steps, i), STEP_OTHER) < 0 ||
                         !is_access(json_array_get(steps, i)))) {
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
    bool all = !teller_stands_still(t->run) || waits_for_descriptor(t),
         any = false;
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

bool teller_choose(struct teller *t, bool of_race)
{
    size_t race = story_race(t->run);

    if (of_race && race == t->count) {
        return false; /* the accesses are no steps */
    }
    if (race < t->count && is(t->run, "end", "completed")) {
        choose_racers(t, race);
    } else {
        choose_objects(t);
    }
    if (is(t->run, "end", "deadlock")) {
        drop_history(t);
    }
    mark_turns(t);
    thin_out(t);
    t->story.cut = cut_beginning(t);
    if (of_race && race < t->count) {
        t->keep[race] = t->keep[access_before(t, race)] = true;
        t->race = (long)race;
    }
    mark_changes(t);
    return true;
}
