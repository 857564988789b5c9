/* SPDX-License-Identifier: MIT */
/* judge_spin.c - see judge_spin.h. */
#include "judge_spin.h"
#include "evidence.h"
#include "judge_standstill.h"
#include "judge_wait.h"
#include "kind.h"

#include <string.h>

static bool in_place(const json_t *t)
{
    return json_is_true(json_object_get(t, "in_place"));
}

static long busiest(const json_t *run)
{
    long best = -1, most = -1;

    for (size_t i = 0; i < thread_count(run); i++) {
        if (in_place(thread_at(run, (long)i))) {
            return (long)i;
        }
    }

    if (json_object_get(run, "spinner") != NULL && num(run, "spinner") >= 0) {
        return num(run, "spinner");
    }
    for (size_t i = 0; i < thread_count(run); i++) {
        const json_t *t = thread_at(run, (long)i);
        bool runs = is(t, "state", "running");
        long cpu = (num(t, "cpu_ms") * 1000 + num(t, "naps")) * 2 + runs;
        bool awake = runs || is(t, "state", "sleep") ||
                     is(t, "state", "mutex") || is(t, "state", "timed");
        if (awake && cpu > most) { /* fibers share theirs: then who runs */
            most = cpu;
            best = (long)i;
        }
    }
    return best;
}

/* A thread that goes round a wait for descriptors, which never waits. */
static const char *advice(const struct judge *j, struct frame at)
{
    const char *line = ev_raw_line(j, at);
    bool waits = line != NULL && (strstr(line, "poll(") != NULL ||
                                  strstr(line, "epoll_wait(") != NULL ||
                                  strstr(line, "select(") != NULL);

    return waits ? "A descriptor that is ready and stays so ends every wait at "
                   "once: read what makes it ready, or do not wait for it."
                 : kind_advice(KIND_BUSY_WAIT);
}

/* Nobody ends it: everybody who runs looks again and again, and nobody changes
 * anything; or its loop has become a jump to itself. */
static void judge_for_ever(const struct judge *j, const json_t *run,
                           struct finding *f, long id)
{
    const char *who = ev_thread(j, id);
    const char *place = ev_place(j, (struct frame){"", f->file, f->line});

    f->title = talloc_asprintf(j->ctx, "%s spins for ever", who);
    f->message =
        in_place(thread_at(run, id))
            ? talloc_asprintf(
                  j->ctx,
                  "%s is in a loop at %s that, as compiled, looks at nothing "
                  "any more, so it never ends. If it waits for a variable: "
                  "that is no atomic and under no lock, so the compiler may "
                  "take it that no other thread changes it, and need not read "
                  "it again.",
                  who, place)
            : talloc_asprintf(
                  j->ctx,
                  "%s runs around %s and looks for something that nobody will "
                  "do any more: every thread that can run only looks, again "
                  "and again, and all others wait or have ended.",
                  who, place);
    wait_add_parties(j, f, run);
}

void judge_spin(const struct judge *j, const json_t *run, struct findings *out)
{
    long id = busiest(run), held = num(run, "held_back");
    const json_t *t = thread_at(run, id);
    struct stack s = ev_stack_in(j, t, "stack");
    struct finding f = finding_at(j, KIND_BUSY_WAIT, ev_spot(j, &s));
    const struct stack nobody = {0};
    bool alone = held < 0; /* nobody was kept from running */
    bool naps = num(t, "naps") > num(t, "cpu_ms");

    f.advice = advice(j, ev_spot(j, &s));
    f.title = talloc_asprintf(j->ctx, "%s %s instead of waiting asleep",
                              ev_thread(j, id),
                              naps ? "asks again and again" : "spins");
    if (alone || in_place(t)) {
        judge_for_ever(j, run, &f, id);
        findings_add(j->ctx, out, &f);
        return;
    }
    f.message = talloc_asprintf(
        j->ctx,
        "While %s got no turn, %s had nothing to do but wait, and yet it kept "
        "running around %s%s. A thread that waits should sleep until it is "
        "woken: it may have to wait for long.",
        ev_thread(j, held), ev_thread(j, id), ev_place(j, ev_spot(j, &s)),
        naps ? ", napping and looking again" : "");
    wait_add_party(j, &f, run, id);
    finding_add_party(
        j, &f, ev_thread_long(j, run, held),
        "is given no turn by the grader just now; it holds no lock", nobody);
    findings_add(j->ctx, out, &f);
}

/* Nobody waits for anything but the end of a thread: all others run. */
static bool all_run(const json_t *run)
{
    for (size_t i = 0; i < thread_count(run); i++) {
        const json_t *t = thread_at(run, (long)i);
        if (!is(t, "state", "running") && !is(t, "state", "finished") &&
            !is(t, "state", "join")) {
            return false;
        }
    }
    return true;
}

/* Did thread `t`, the busiest, use up the time: alone, or as one of many? Who
 * is said to run while nobody ran sleeps in a call that is not followed. */
static bool spun(const json_t *run, const json_t *t)
{
    if (json_is_true(json_object_get(run, "asleep")) &&
        is(t, "state", "running")) {
        return false;
    }
    return all_run(run) || num(t, "cpu_ms") * 2 > num(run, "cpu_ms");
}

void judge_timeout(const struct judge *j, const json_t *run,
                   struct findings *out)
{
    long id = busiest(run);
    const json_t *t = thread_at(run, id);

    if (num(run, "only_time_days") > 0) {
        judge_hang(j, run,
                   talloc_asprintf(j->ctx,
                                   "The clock went on by %ld days, and only "
                                   "that has woken anybody: whoever asks at "
                                   "intervals asks for what nobody will do.",
                                   num(run, "only_time_days")),
                   out);
        return;
    }
    if (t != NULL && spun(run, t)) {
        struct stack s = ev_stack_in(j, t, "stack");
        struct finding f = finding_at(j, KIND_BUSY_WAIT, ev_spot(j, &s));
        f.title =
            talloc_asprintf(j->ctx, "%s runs on and on", ev_thread(j, id));
        f.message = talloc_asprintf(
            j->ctx,
            "%s was still running around %s after %.1f s of processor time: "
            "a loop that does not end, or one that spins until something "
            "happens.",
            ev_thread(j, id), ev_place(j, ev_spot(j, &s)),
            (double)num(t, "cpu_ms") / 1000);
        wait_add_parties(j, &f, run);
        findings_add(j->ctx, out, &f);
        return;
    }
    judge_hang(j, run,
               talloc_asprintf(j->ctx,
                               "The %s did not end within its time limit.",
                               ev_subject(j)),
               out);
}
