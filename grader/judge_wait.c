/* SPDX-License-Identifier: MIT */
/* judge_wait.c - see judge_wait.h. One function for each thing to wait for. */
#include "judge_wait.h"
#include "evidence.h"
#include "story.h"

#include <string.h>

long wait_taken_at(const json_t *run, long object, long holder)
{
    const json_t *o = object_at(run, object);
    const json_t *held = json_object_get(thread_at(run, holder), "held");

    if (num(o, "owner") == holder) {
        return num(o, "acquired");
    }
    for (size_t i = 0; i < json_array_size(held); i++) {
        const json_t *h = json_array_get(held, i);
        if (num(h, "object") == object) {
            return num(h, "at");
        }
    }
    return 0;
}

bool wait_is_lock(const json_t *semaphore)
{
    return num(semaphore, "count") > 0 && num(semaphore, "signals") == 0;
}

bool wait_is_for(const json_t *run, const json_t *t, long by)
{
    if (is(t, "state", "join")) {
        return num(t, "joins") == by;
    }
    if (is(t, "state", "once")) {
        return num(object_at(run, num(t, "object")), "owner") == by;
    }
    /* Whoever has all of its permits may wait for a post. */
    if (is(t, "state", "semaphore") &&
        (!wait_is_lock(object_at(run, num(t, "object"))) ||
         num(t, "id") == by)) {
        return false;
    }
    return (is(t, "state", "mutex") || is(t, "state", "rwlock") ||
            is(t, "state", "semaphore")) &&
           wait_taken_at(run, num(t, "object"), by) != 0;
}

bool wait_has_looked(const json_t *run, const json_t *t)
{
    const json_t *steps = json_object_get(run, "story");
    bool signalled = false, looked = false;

    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *s = json_array_get(steps, i);
        const char *op = json_string_value(json_array_get(s, STEP_OP));
        if (json_integer_value(json_array_get(s, STEP_OBJECT)) !=
            num(t, "object")) {
            continue;
        }
        if (strcmp(op, "signal") == 0 || strcmp(op, "broadcast") == 0) {
            signalled = true;
            looked = false;
        } else if (strcmp(op, "wake") == 0 &&
                   json_integer_value(json_array_get(s, STEP_THREAD)) ==
                       num(t, "id")) {
            looked = signalled;
        }
    }
    return looked;
}

static const char *lock_wait(const struct judge *j, const json_t *run,
                             const json_t *t, const struct stack *s)
{
    const json_t *o = object_at(run, num(t, "object"));
    const json_t *holder = thread_at(run, num(o, "owner"));
    const char *name = ev_object(j, o, ev_spot(j, s));
    struct frame since = ev_frame(j, num(o, "acquired"));

    if (holder == NULL) {
        return talloc_asprintf(j->ctx, "waits for %s", name);
    }
    if (num(o, "owner") == num(t, "id")) {
        return talloc_asprintf(j->ctx,
                               "waits for %s, which it holds itself since %s",
                               name, ev_place(j, since));
    }
    return talloc_asprintf(j->ctx, "waits for %s, held by %s since %s%s", name,
                           ev_thread(j, num(o, "owner")), ev_place(j, since),
                           is(holder, "state", "finished")
                               ? ", which has ended without unlocking it"
                               : "");
}

static const char *once_wait(const struct judge *j, const json_t *run,
                             const json_t *t, const struct stack *s)
{
    const json_t *o = object_at(run, num(t, "object"));
    const char *name = ev_object(j, o, ev_spot(j, s));

    if (num(o, "owner") == num(t, "id")) {
        return talloc_asprintf(
            j->ctx, "waits for the initialiser of %s, which it runs itself",
            name);
    }
    return talloc_asprintf(j->ctx, "waits until %s has initialised %s",
                           num(o, "owner") >= 0 ? ev_thread(j, num(o, "owner"))
                                                : "another thread",
                           name);
}

static const char *cond_wait(const struct judge *j, const json_t *run,
                             const json_t *t, const struct stack *s)
{
    const json_t *o = object_at(run, num(t, "object"));
    const char *name = ev_object(j, o, ev_spot(j, s));
    const json_t *mutex = object_at(run, num(o, "partner"));
    long owner = mutex != NULL ? num(mutex, "owner") : -1;
    struct frame lost = ev_frame(j, num(o, "lost"));
    bool looked = wait_has_looked(run, t);

    if (owner >= 0 && is(thread_at(run, owner), "state", "finished")) {
        return talloc_asprintf(
            j->ctx,
            "waits on condition %s; to go on it also needs its mutex, which "
            "%s took at %s and never unlocked before it ended",
            name, ev_thread(j, owner),
            ev_place(j, ev_frame(j, num(mutex, "acquired"))));
    }
    if (lost.line > 0 && !looked) {
        return talloc_asprintf(
            j->ctx,
            "waits to be signalled on %s; the signal at %s (%s) came when "
            "nobody was waiting there, and signals are not kept",
            name, ev_place(j, lost), ev_thread(j, num(o, "lost_thread")));
    }
    if (num(o, "wasted") > 0) {
        bool itself = num(o, "wasted_on") == num(t, "id");
        return talloc_asprintf(
            j->ctx,
            "waits to be signalled on %s; the last signal (%s, %s) woke %s, "
            "which only went back to wait",
            name, ev_thread(j, num(o, "wasted_by")),
            ev_place(j, ev_frame(j, num(o, "wasted"))),
            itself ? "it" : ev_thread(j, num(o, "wasted_on")));
    }
    if (looked) {
        return talloc_asprintf(
            j->ctx,
            "waits to be signalled on %s; it was woken, looked and went back "
            "to wait; the last signal came before that look",
            name);
    }
    if (num(t, "passed") > 0) {
        return talloc_asprintf(
            j->ctx,
            "waits to be signalled on %s; the last signal (%s, %s) came when "
            "others waited there as well, and woke %s",
            name, ev_thread(j, num(t, "passed_by")),
            ev_place(j, ev_frame(j, num(t, "passed"))),
            ev_thread(j, num(t, "passed_for")));
    }
    return talloc_asprintf(j->ctx, "waits to be signalled on %s%s", name,
                           num(o, "signals") == 0
                               ? "; nobody ever signalled it"
                               : "; no more signals will come");
}

/* Who has the permits, if the semaphore serves as a lock. */
static const char *permits_words(const struct judge *j, const json_t *run,
                                 const json_t *t)
{
    char *s = talloc_strdup(j->ctx, "");

    for (size_t i = 0; i < thread_count(run); i++) {
        const json_t *other = thread_at(run, (long)i);
        if (wait_is_for(run, t, (long)i)) {
            s = talloc_asprintf_append(
                s, "%s%s took %s at %s%s", s[0] == '\0' ? "; " : ", ",
                ev_thread(j, (long)i), s[0] == '\0' ? "one" : "another",
                ev_place(j, ev_frame(j, wait_taken_at(run, num(t, "object"),
                                                      (long)i))),
                is(other, "state", "finished") ? " and ended without posting it"
                                               : "");
        }
    }
    return s;
}

static const char *object_wait(const struct judge *j, const json_t *run,
                               const json_t *t, const struct stack *s)
{
    const json_t *o = object_at(run, num(t, "object"));
    const char *name = ev_object(j, o, ev_spot(j, s));

    if (is(t, "state", "barrier")) {
        return talloc_asprintf(j->ctx, "waits at %s%s for %ld threads in all",
                               name[0] == '`' ? "the barrier " : "", name,
                               num(o, "count"));
    }
    return talloc_asprintf(j->ctx, "waits for a permit of %s%s%s",
                           name[0] == '`' ? "the semaphore " : "", name,
                           permits_words(j, run, t));
}

static const char *descriptor_wait(const struct judge *j, const json_t *t)
{
    static const struct {
        const char *call, *what;
    } others[] = {{"wait", "a process to end"},
                  {"sig", "a signal"},
                  {"pause", "a signal"},
                  {"semop", "what it asks of its semaphores"},
                  {"semtimedop", "what it asks of its semaphores"},
                  {"msgrcv", "a message"},
                  {"msgsnd", "room for its message"},
                  {"mq_receive", "a message"},
                  {"mq_timedreceive", "a message"},
                  {"mq_send", "room for its message"},
                  {"mq_timedsend", "room for its message"}};
    const char *call = str(t, "call");
    long fd = num(t, "fd");

    if (json_object_get(t, "closed_by") != NULL) {
        return talloc_asprintf(
            j->ctx,
            "waits in `%s` for descriptor %ld, which %s has closed at %s: "
            "that wakes nobody",
            call, fd, ev_thread(j, num(t, "closed_by")),
            ev_place(j, ev_frame(j, num(t, "closed_at"))));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strncmp(call, others[i].call, strlen(others[i].call)) == 0) {
            return talloc_asprintf(j->ctx, "waits in `%s` for %s", call,
                                   others[i].what);
        }
    }
    return fd < 0 ? talloc_asprintf(j->ctx,
                                    "waits in `%s` for one of its descriptors "
                                    "to become ready",
                                    call)
                  : talloc_asprintf(j->ctx,
                                    "waits in `%s` for descriptor %ld to "
                                    "become ready",
                                    call, fd);
}

const char *wait_for_outside(const json_t *run)
{
    static const struct {
        const char *call, *what;
    } waits[] = {
        {"sig", "A signal"}, {"pause", "A signal"}, {"accept", "A client"}};

    for (size_t i = 0; i < thread_count(run); i++) {
        const json_t *t = thread_at(run, (long)i);
        const char *call = str(t, "call");
        bool open =
            is(t, "state", "fd") && json_object_get(t, "closed_by") == NULL;
        for (size_t k = 0; open && k < sizeof waits / sizeof waits[0]; k++) {
            if (strncmp(call, waits[k].call, strlen(waits[k].call)) == 0) {
                return waits[k].what;
            }
        }
    }
    return NULL;
}

static const char *timed_wait(const struct judge *j, const json_t *t,
                              bool sleeps)
{
    const char *what = sleeps ? "sleeps" : "waits with a time limit";
    long minutes = num(t, "wait_ms") / 60000;

    return minutes == 0 ? what
                        : talloc_asprintf(j->ctx, "%s %s %ld minutes", what,
                                          sleeps ? "for" : "of", minutes);
}

const char *wait_words(const struct judge *j, const json_t *run,
                       const json_t *t, const struct stack *s)
{
    const char *state = str(t, "state");

    if (strcmp(state, "mutex") == 0 || strcmp(state, "rwlock") == 0) {
        return lock_wait(j, run, t, s);
    }
    if (strcmp(state, "once") == 0) {
        return once_wait(j, run, t, s);
    }
    if (strcmp(state, "cond") == 0) {
        return cond_wait(j, run, t, s);
    }
    if (strcmp(state, "futex") == 0) {
        return talloc_asprintf(
            j->ctx, "waits in futex until %s is woken",
            ev_object(j, object_at(run, num(t, "object")), ev_spot(j, s)));
    }
    if (strcmp(state, "join") == 0) {
        return talloc_asprintf(j->ctx, "waits in pthread_join for %s to end",
                               ev_thread(j, num(t, "joins")));
    }
    if (strcmp(state, "semaphore") == 0 || strcmp(state, "barrier") == 0) {
        return object_wait(j, run, t, s);
    }
    if (strcmp(state, "fd") == 0) {
        return descriptor_wait(j, t);
    }
    if (strcmp(state, "timed") == 0 || strcmp(state, "sleep") == 0) {
        return timed_wait(j, t, strcmp(state, "sleep") == 0);
    }
    if (strcmp(state, "finished") == 0) {
        return "has ended";
    }
    return json_is_true(json_object_get(run, "asleep"))
               ? "sleeps, or waits in a call that the grader does not follow"
               : "runs";
}

void wait_add_party(const struct judge *j, struct finding *f, const json_t *run,
                    long id)
{
    const json_t *t = thread_at(run, id);
    struct stack s = ev_stack_in(j, t, "stack");

    if (!is(t, "state", "finished")) {
        finding_add_party(j, f, ev_thread_long(j, run, id),
                          wait_words(j, run, t, &s), s);
    }
}

void wait_add_parties(const struct judge *j, struct finding *f,
                      const json_t *run)
{
    for (size_t i = 0; i < thread_count(run); i++) {
        wait_add_party(j, f, run, (long)i);
    }
}
