/* SPDX-License-Identifier: MIT */
/* story_words.c - a step in words. */
#include "teller.h"

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
        if (teller_waits(thread) && num(thread, "object") == object) {
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
const char *teller_name(const struct teller *t, long object, struct frame at)
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
    {"refused", NULL, "finds %v%=, changes nothing"},
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
        return teller_name(t, field(step, STEP_OBJECT),
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

const char *teller_words(const struct teller *t, const json_t *step)
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
