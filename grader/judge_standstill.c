/* SPDX-License-Identifier: MIT */
/* judge_standstill.c - see judge_standstill.h. A circle is looked for along
 * whatever a thread can wait for: locks, permits, the end of a thread. */
#include "judge_standstill.h"
#include "evidence.h"
#include "judge_wait.h"

/* Of several permits the one that is missing may be anybody's to post: only a
 * single one makes a lock, and only if whoever took it has posted it. */
static bool is_lock(const json_t *run, long semaphore)
{
    int holders = 0;

    for (size_t i = 0; i < thread_count(run); i++) {
        holders += wait_taken_at(run, semaphore, (long)i) != 0;
    }
    return num(object_at(run, semaphore), "count") == 1 && holders == 1;
}

/* True if `t` waits for what thread `by` has. */
static bool is_link(const json_t *run, const json_t *t, long by)
{
    return wait_is_for(run, t, by) &&
           (!is(t, "state", "semaphore") || is_lock(run, num(t, "object")));
}

/* Goes on from the last thread of `path` to whoever it waits for, until that
 * is the first one again. */
static bool close_circle(const json_t *run, json_t *path)
{
    size_t n = json_array_size(path);
    const json_t *t =
        thread_at(run, (long)json_integer_value(json_array_get(path, n - 1)));
    json_int_t first = json_integer_value(json_array_get(path, 0));

    if (is(t, "state", "finished")) {
        return false;
    }
    if (is_link(run, t, (long)first)) {
        return true;
    }
    for (size_t i = 0; i < thread_count(run); i++) {
        if (!is_link(run, t, (long)i) || ev_listed(path, (json_int_t)i)) {
            continue;
        }
        json_array_append_new(path, json_integer((json_int_t)i));
        if (close_circle(run, path)) {
            return true;
        }
        json_array_remove(path, n);
    }
    return false;
}

/* True and the circle in `out` if thread `id` waits, through others or not,
 * for itself. */
static bool find_circle(const json_t *run, long id, json_t *out)
{
    json_array_clear(out);
    json_array_append_new(out, json_integer(id));
    return close_circle(run, out);
}

/* One thread of a circle: what it waits for and who has that. Locks get the
 * names L1, L2 ... in the order of the circle. */
static const char *link_words(const struct judge *j, const json_t *run,
                              const json_t *t, long holder, struct finding *f)
{
    const json_t *o = object_at(run, num(t, "object"));
    struct stack s = ev_stack_in(j, t, "stack");
    struct frame at = ev_spot(j, &s);
    struct frame since =
        ev_frame(j, wait_taken_at(run, num(t, "object"), holder));
    const char *label, *what;

    if (is(t, "state", "join")) {
        return talloc_asprintf(j->ctx, "waits at %s for %s to end",
                               ev_place(j, at), ev_thread(j, holder));
    }
    label = talloc_asprintf(j->ctx, "L%zu", f->lock_count + 1);
    what = talloc_asprintf(j->ctx, "the %s that %s took as %s at %s",
                           is(t, "state", "semaphore") ? "permit" : "lock",
                           ev_thread(j, holder), ev_object(j, o, since),
                           ev_place(j, since));
    finding_add_lock(j, f, label, what);
    return talloc_asprintf(
        j->ctx, "waits at %s for %s (%s), which %s has held since %s",
        ev_place(j, at), label, ev_object(j, o, at),
        holder == num(t, "id") ? "it" : ev_thread(j, holder),
        ev_place(j, since));
}

/* The place that names a deadlock: the first line of the submission at which
 * a thread of the circle waits, whichever thread that is. */
static void deadlock_place(const struct judge *j, struct finding *f,
                           struct frame at)
{
    bool in_file = ev_submitted(j, at.file);
    bool was_in = ev_submitted(j, f->file);

    if (f->line == 0 || (in_file && (!was_in || at.line < f->line))) {
        f->file = at.file;
        f->line = at.line;
    }
}

static bool waits_for_mutex(const json_t *run, const json_t *circle)
{
    long id = (long)json_integer_value(json_array_get(circle, 0));

    return is(thread_at(run, id), "state", "mutex");
}

/* True if all wait for one read-write lock, which all of them have to read. */
static bool are_readers(const json_t *run, const json_t *circle)
{
    long lock = -1;

    for (size_t i = 0; i < json_array_size(circle); i++) {
        long id = (long)json_integer_value(json_array_get(circle, i));
        const json_t *t = thread_at(run, id);
        if (!is(t, "state", "rwlock") ||
            (lock >= 0 && num(t, "object") != lock) ||
            !wait_is_for(run, t, id)) {
            return false;
        }
        lock = num(t, "object");
    }
    return lock >= 0;
}

void judge_deadlock(const struct judge *j, const json_t *run,
                    const json_t *circle, struct findings *out)
{
    size_t n = json_array_size(circle);
    struct finding f = finding_at(j, KIND_DEADLOCK, ev_nowhere);
    char *message = talloc_strdup(j->ctx, "");

    for (size_t i = 0; i < n; i++) {
        long id = (long)json_integer_value(json_array_get(circle, i));
        const json_t *t = thread_at(run, id);
        struct stack s = ev_stack_in(j, t, "stack");
        long next =
            (long)json_integer_value(json_array_get(circle, (i + 1) % n));
        const char *link = link_words(j, run, t, next, &f);
        deadlock_place(j, &f, ev_spot(j, &s));
        finding_add_party(j, &f, ev_thread_long(j, run, id), link, s);
        message = talloc_asprintf_append(message, "%s%s %s.", i > 0 ? " " : "",
                                         ev_thread(j, id), link);
    }
    f.title = n == 1 ? "a thread waits for a lock that it already holds"
                     : talloc_asprintf(j->ctx,
                                       "%zu threads wait for one another in "
                                       "a circle",
                                       n);
    f.message = talloc_asprintf_append(
        message, n == 1 ? " The thread waits for itself, for ever."
                        : " None of them can ever go on.");
    if (are_readers(run, circle)) {
        f.advice =
            "Whoever has a read-write lock to read cannot get it to write as "
            "well: that waits until all readers have unlocked, the thread "
            "itself among them. Take it to write from the beginning; or unlock "
            "first, and look again once you have it to write, for others may "
            "have changed things in between.";
    }
    if (n == 1 && waits_for_mutex(run, circle)) {
        f.advice =
            "A plain mutex is not re-entrant. Look for a way out of the first "
            "lock that forgets to unlock, such as an early return. If there is "
            "none, a function that holds the "
            "lock calls one that locks it again: unlock before the call, or "
            "split off a helper that expects the lock to be held. Or one lock "
            "has two names here, as when both arguments are the same: then "
            "lock it once.";
    }
    findings_add(j->ctx, out, &f);
}

/* True if thread `id` holds a lock that another one waits for. */
static bool is_in_the_way(const json_t *run, long id)
{
    for (size_t i = 0; i < thread_count(run); i++) {
        const json_t *t = thread_at(run, (long)i);
        if ((is(t, "state", "mutex") || is(t, "state", "rwlock")) &&
            (long)i != id && wait_is_for(run, t, id)) {
            return true;
        }
    }
    return false;
}

/* Whom the first thread waits for, through joins and locks; itself if it waits
 * for no thread in particular. */
static long last_in_line(const json_t *run)
{
    long id = 0;

    for (size_t steps = thread_count(run); steps > 0; steps--) {
        const json_t *t = thread_at(run, id);
        long next = 0;
        while ((size_t)next < thread_count(run) && !wait_is_for(run, t, next)) {
            next++;
        }
        if ((size_t)next == thread_count(run)) {
            break;
        }
        id = next;
    }
    return id;
}

/* The thread to name first in a hang: one that waits with a lock that others
 * need, or at least inside the submission, for something other than a join; and
 * sooner one that the first thread waits for than a worker that may be idle by
 * rights. */
static long chief_waiter(const struct judge *j, const json_t *run)
{
    long last = last_in_line(run);
    long best = 0;
    int best_rank = -1;

    for (size_t i = 0; i < thread_count(run); i++) {
        const json_t *t = thread_at(run, (long)i);
        struct stack s = ev_stack_in(j, t, "stack");
        struct frame at = ev_spot(j, &s);
        int rank = 0;
        if (is(t, "state", "finished")) {
            continue;
        }
        rank += is_in_the_way(run, (long)i) ? 8 : 0;
        rank += ev_submitted(j, at.file) ? 4 : 0;
        rank += (long)i == last ? 2 : 0;
        rank += is(t, "state", "join") ? 0 : 1;
        if (rank > best_rank) {
            best = (long)i;
            best_rank = rank;
        }
    }
    return best;
}

/* True if somebody took what `t` waits for, and ended with it. */
static bool ended_with_it(const json_t *run, const json_t *t)
{
    for (size_t i = 0; i < thread_count(run); i++) {
        if (is(thread_at(run, (long)i), "state", "finished") &&
            wait_is_for(run, t, (long)i)) {
            return true;
        }
    }
    return false;
}

/* Where more is known than that nobody ends the wait. */
static void advise_waiter(const json_t *run, long chief, struct finding *f)
{
    const json_t *t = thread_at(run, chief);
    const json_t *o = object_at(run, num(t, "object"));
    bool on_condition = is(t, "state", "cond");

    if (is_in_the_way(run, chief)) {
        f->advice = "It waits with a lock held, and others stand before that "
                    "lock; perhaps the one among them that would end the wait. "
                    "Unlock before you wait for anybody, or call what may "
                    "wait.";
    }
    if (on_condition && json_is_true(json_object_get(o, "missed"))) {
        f->advice = "The signal came after the look and before the wait: the "
                    "waiter had the mutex locked, and whoever signalled did "
                    "not. Change what the waiter looks at with the mutex held; "
                    "then no signal can come in between.";
    }
    if (on_condition && wait_has_looked(run, t)) {
        f->advice = "Ask what it found when it looked: whether what it waits "
                    "for can be over again by then, or be taken by another who "
                    "comes first, and who tells it the next time.";
    }
    if (on_condition && num(t, "passed") > 0) {
        f->advice = "A signal wakes one waiter, whichever it is. If what it "
                    "tells concerns all of them, broadcast. Else there must be "
                    "a signal for each: whoever was woken may have to pass it "
                    "on.";
    }
    if (on_condition && num(o, "wasted") > 0) {
        f->advice = "A signal wakes one waiter, whichever it is. Where threads "
                    "wait for different things on one condition, that may be "
                    "one who cannot use it: broadcast, or have a condition for "
                    "each thing.";
    }
    if (json_object_get(t, "closed_by") != NULL) {
        f->advice = "Wake whoever sleeps in such a call before you close what "
                    "it sleeps on: shutdown() does, of a socket; or let it "
                    "poll, and write to a pipe or an eventfd that it polls as "
                    "well. Close when it has ended.";
    }
    if (is(t, "state", "semaphore") && ended_with_it(run, t)) {
        f->advice = "A thread that ends does not give its permits back: post "
                    "on every way out, the early returns too.";
    }
}

void judge_hang(const struct judge *j, const json_t *run, const char *ending,
                struct findings *out)
{
    long chief = chief_waiter(j, run);
    const json_t *t = thread_at(run, chief);
    struct stack s = ev_stack_in(j, t, "stack");
    struct finding f = finding_at(j, KIND_HANG, ev_spot(j, &s));
    const char *state = wait_words(j, run, t, &s);
    const char *outside = wait_for_outside(run);
    bool at_work = is(t, "state", "running") || is(t, "state", "sleep") ||
                   (is(t, "state", "timed") && is(run, "end", "timeout"));

    f.title =
        talloc_asprintf(j->ctx,
                        at_work ? "%s does not come to its end"
                        : is(t, "state", "timed") ? "%s is not woken in time"
                                                  : "%s waits for ever",
                        chief == 0 && !j->program ? "the test's own thread"
                                                  : ev_thread(j, chief));
    f.message = talloc_asprintf(j->ctx, "%s %s. %s", ev_thread(j, chief), state,
                                ending);
    advise_waiter(run, chief, &f);
    if (j->program && outside != NULL) {
        f.advisory = true;
        f.message = talloc_asprintf(
            j->ctx,
            "%s %s may still come from outside: if the program is meant to "
            "wait for that, this is fine.",
            f.message, outside);
    }
    wait_add_parties(j, &f, run);
    findings_add(j->ctx, out, &f);
}

void judge_stuck(const struct judge *j, const json_t *run, struct findings *out)
{
    json_t *circle = json_array();
    bool closed = false;

    for (size_t i = 0; !closed && i < thread_count(run); i++) {
        closed = find_circle(run, (long)i, circle);
    }
    if (closed) {
        judge_deadlock(j, run, circle, out);
    } else {
        judge_hang(j, run,
                   "Every other thread sleeps too or has ended, so nobody is "
                   "left who could wake it.",
                   out);
    }
    json_decref(circle);
}
