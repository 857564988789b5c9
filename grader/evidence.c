/* SPDX-License-Identifier: MIT */
/* evidence.c - see evidence.h. */
#include "evidence.h"

#include <ctype.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <string.h>

const struct frame ev_nowhere = {"?", "", 0};

bool ev_listed(const json_t *list, json_int_t value)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (json_integer_value(json_array_get(list, i)) == value) {
            return true;
        }
    }
    return false;
}

const char *ev_subject(const struct judge *j)
{
    return j->program ? "program" : "test";
}

/* -- places and names ------------------------------------------------------ */

static const struct source *source_of(const struct judge *j, const char *file)
{
    for (size_t i = 0; i < j->source_count; i++) {
        if (strcmp(j->sources[i].name, file) == 0) {
            return &j->sources[i];
        }
    }
    return NULL;
}

bool ev_own(const struct judge *j, const char *file)
{
    return source_of(j, file) != NULL;
}

bool ev_submitted(const struct judge *j, const char *file)
{
    const struct source *s = source_of(j, file);

    return s != NULL && !s->test;
}

static bool of_test(const struct judge *j, const char *file)
{
    for (size_t i = 0; i < j->source_count; i++) {
        if (j->sources[i].test && strcmp(j->sources[i].name, file) == 0) {
            return true;
        }
    }
    return false;
}

static void push_frame(const struct judge *j, struct stack *s, struct frame f)
{
    s->frames = talloc_realloc(j->ctx, s->frames, struct frame,
                               (unsigned)(s->count + 1));
    s->frames[s->count++] = f;
}

static bool ends_with(const char *s, const char *suffix)
{
    size_t n = strlen(s), m = strlen(suffix);

    return n > m && strcmp(s + n - m, suffix) == 0;
}

/* Keeps a frame of the submission or the test; those of the runtime and the
 * libraries are noise, and so are Criterion's wrappings of a test: its
 * function SUITE_NAME_impl becomes SUITE_NAME, its caller _jmp is left out. */
void ev_push_own(const struct judge *j, struct stack *s, struct frame f)
{
    if (!ev_own(j, f.file) || (ends_with(f.function, "_jmp") && !j->program)) {
        return;
    }
    if (ends_with(f.function, "_impl") && of_test(j, f.file)) {
        f.function = talloc_strndup(j->ctx, f.function,
                                    strlen(f.function) - strlen("_impl"));
    }
    if (j->program && strcmp(f.function, "tl_main") == 0) {
        f.function = "main"; /* see runtime/program.c */
    }
    push_frame(j, s, f);
}

void ev_push(const struct judge *j, struct stack *s, uint64_t offset)
{
    ev_push_own(j, s, symbol_frame(j->symbols, offset, NULL));
}

static struct stack ev_stack_of(const struct judge *j, const json_t *pcs)
{
    struct stack s = {0};

    for (size_t i = 0; i < json_array_size(pcs); i++) {
        ev_push(j, &s, (uint64_t)json_integer_value(json_array_get(pcs, i)));
    }
    return s;
}

struct stack ev_stack_in(const struct judge *j, const json_t *o,
                         const char *key)
{
    return ev_stack_of(j, json_object_get(o, key));
}

/* Where a stack touches the submission, or failing that the test. */
struct frame ev_spot(const struct judge *j, const struct stack *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (ev_submitted(j, s->frames[i].file)) {
            return s->frames[i];
        }
    }
    return s->count > 0 ? s->frames[0] : ev_nowhere;
}

const char *ev_place(const struct judge *j, struct frame f)
{
    return f.line > 0 ? talloc_asprintf(j->ctx, "%s:%d", f.file, f.line)
                      : "an unknown place";
}

const char *ev_thread(const struct judge *j, long id)
{
    return id == 0 ? "main" : talloc_asprintf(j->ctx, "T%ld", id);
}

/* "T1 (worker, started at test_bank.c:30)". */
const char *ev_thread_long(const struct judge *j, const json_t *run, long id)
{
    const json_t *t = thread_at(run, id);
    struct stack made;
    struct frame fn;

    if (id == 0 || t == NULL) {
        return id == 0 && !j->program ? "main (the test's own thread)"
                                      : ev_thread(j, id);
    }
    made = ev_stack_in(j, t, "created");
    fn = symbol_frame(j->symbols, (uint64_t)num(t, "start"), NULL);
    return talloc_asprintf(j->ctx, "%s (%s, started at %s)", ev_thread(j, id),
                           fn.function, ev_place(j, ev_spot(j, &made)));
}

const char *ev_raw_line(const struct judge *j, struct frame f)
{
    const struct source *s = source_of(j, f.file);

    return s != NULL ? source_raw_line(j->ctx, s->text, f.line) : NULL;
}

static const char *ev_line(const struct judge *j, struct frame f)
{
    const struct source *s = source_of(j, f.file);

    return s != NULL ? source_line(j->ctx, s->text, f.line) : NULL;
}

const char *ev_bytes(const struct judge *j, long n)
{
    return talloc_asprintf(j->ctx, "%ld byte%s", n, n == 1 ? "" : "s");
}

static bool in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* The argument that begins at `p`, up to the comma or the bracket behind it;
 * calls and subscripts are whole. NULL: it is empty, or has no end. */
static const char *argument_at(const struct judge *j, const char *p)
{
    size_t n = 0;
    int depth = 0;

    while (p[n] != '\0' && (depth > 0 || (p[n] != ')' && p[n] != ','))) {
        depth += (p[n] == '(' || p[n] == '[') - (p[n] == ')' || p[n] == ']');
        n++;
    }
    return n > 0 && p[n] != '\0' ? talloc_strndup(j->ctx, p, n) : NULL;
}

/* The bracket of the first call of a function whose name begins like that, in
 * whatever case: there are macros like Sem_wait. `pthread_mutex_t *m` is none.
 */
static const char *call_of(const char *line, const char *prefix)
{
    const char *p = line;

    while ((p = strcasestr(p, prefix)) != NULL) {
        while (in_name(*p)) {
            p++;
        }
        p += strspn(p, " ");
        if (*p == '(') {
            return p;
        }
    }
    return NULL;
}

/* The calls that name a condition first, those among them that name a mutex
 * second, and those that name something else. */
static const char *const on_condition[] = {"pthread_cond_", "cnd_", NULL};
static const char *const waits[] = {
    "pthread_cond_wait", "pthread_cond_timedwait", "pthread_cond_clockwait",
    "cnd_wait",          "cnd_timedwait",          NULL};
static const char *const on_others[] = {"pthread_mutex_",
                                        "pthread_rwlock_",
                                        "sem_",
                                        "pthread_barrier_",
                                        "pthread_spin_",
                                        "flockfile",
                                        "ftrylockfile",
                                        "mtx_",
                                        NULL};

/* The argument of the first call in `calls` on a source line; NULL: none. */
static const char *argument_in(const struct judge *j, const char *line,
                               const char *const *calls, int number)
{
    const char *p = NULL;

    for (; line != NULL && p == NULL && *calls != NULL; calls++) {
        p = call_of(line, *calls);
    }
    if (p == NULL) {
        return NULL;
    }
    for (p++; number > 0 && *p != '\0'; p++) {
        number -= *p == ',';
    }
    while (*p == ' ' || *p == '&') {
        p++;
    }
    return argument_at(j, p);
}

const char *ev_waits_with(const struct judge *j, struct frame f)
{
    return argument_in(j, ev_line(j, f), waits, 1);
}

struct frame ev_frame(const struct judge *j, long offset)
{
    return offset > 0 ? symbol_frame(j->symbols, (uint64_t)offset, NULL)
                      : ev_nowhere;
}

/* What the call at `f` calls the object: a condition wait names its mutex
 * second. */
static const char *argument_of(const struct judge *j, const json_t *o,
                               struct frame f)
{
    const char *line = ev_line(j, f);
    const char *name = NULL;

    if (is(o, "type", "condition")) {
        return argument_in(j, line, on_condition, 0);
    }
    if (is(o, "type", "mutex")) {
        name = argument_in(j, line, waits, 1);
    }
    return name != NULL ? name : argument_in(j, line, on_others, 0);
}

/* The expression at one of the places that use the object; `at` (may be empty)
 * is tried first. */
static const char *used_by(const struct judge *j, const json_t *o,
                           struct frame at)
{
    static const char *const uses[] = {"init", "acquired", "first"};
    const char *name = argument_of(j, o, at);

    for (int i = 0; name == NULL && i < 3; i++) {
        name = argument_of(j, o, ev_frame(j, num(o, uses[i])));
    }
    return name;
}

static size_t size_of(const json_t *o)
{
    static const struct {
        const char *type;
        size_t size;
    } types[] = {{"mutex", sizeof(pthread_mutex_t)},
                 {"condition", sizeof(pthread_cond_t)},
                 {"rwlock", sizeof(pthread_rwlock_t)},
                 {"semaphore", sizeof(sem_t)},
                 {"barrier", sizeof(pthread_barrier_t)}};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (is(o, "type", types[i].type)) {
            return types[i].size;
        }
    }
    return SIZE_MAX;
}

/* What the student calls the object: its variable, or the expression, if that
 * says more: a variable's first member or element is where the variable is. */
const char *ev_object(const struct judge *j, const json_t *o, struct frame at)
{
    uint64_t symbol = (uint64_t)num(o, "symbol");
    const char *name = symbol_variable(j->symbols, symbol);
    bool within = name == NULL || strchr(name, '+') != NULL;
    bool first = symbol_variable_size(j->symbols, symbol) > size_of(o);
    const char *used;

    if (within && is(o, "type", "futex")) {
        return "a futex";
    }
    used = used_by(j, o, at);
    if (within || (first && used != NULL && used[0] != '*')) {
        name = used;
    }
    if (name == NULL) {
        return talloc_asprintf(j->ctx, "a %s", str(o, "type"));
    }
    return talloc_asprintf(j->ctx, "`%s`", name);
}

/* -- what a line accesses -------------------------------------------------- */

/* The start of the expression that ends before `end`: names, members,
 * subscripts. */
static const char *expression_start(const char *line, const char *end)
{
    const char *p = end;
    int depth = 0;

    while (p > line) {
        char c = p[-1];
        depth += (c == ']') - (c == '[');
        if (!in_name(c) && c != '.' && c != ']' && c != '[' && depth == 0 &&
            !(c == '>' && p - 1 > line && p[-2] == '-') &&
            !(c == '-' && *p == '>')) {
            break;
        }
        if (depth < 0) {
            break;
        }
        p--;
    }
    return p;
}

/* An element of an array is placed at the start of the array's name: if
 * members and then a subscript follow `p`, the end of that; else `p`. */
static const char *subscript_end(const char *p)
{
    const char *q = p;
    int depth = 0;

    while (*q == '.' || strncmp(q, "->", 2) == 0) {
        q += *q == '.' ? 1 : 2;
        while (in_name(*q)) {
            q++;
        }
    }
    if (*q != '[') {
        return p;
    }
    do {
        depth += (*q == '[') - (*q == ']');
        q++;
    } while (depth > 0 && *q != '\0');
    return depth == 0 ? q : p;
}

/* The object of an atomic operation by a call whose parenthesis is at `open`;
 * NULL for any other call, which does the access somewhere inside. */
static const char *atomic_argument(const struct judge *j, const char *line,
                                   const char *open)
{
    static const char *const prefixes[] = {"atomic_", "__atomic_", "__sync_",
                                           "__c11_atomic_"};
    const char *name = open, *p = open + 1;

    while (name > line && in_name(name[-1])) {
        name--;
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) {
            p += strspn(p, " &");
            while (*p == '(') { /* a cast */
                p += strcspn(p, ")");
                p += strspn(p, ") &");
            }
            return argument_at(j, p);
        }
    }
    return NULL;
}

/* True if the operator at `p` has its operand behind it: nothing before it is
 * one. */
static bool is_prefix(const char *line, const char *p)
{
    const char *word;

    while (p > line && (p[-1] == ' ' || p[-1] == '\t' || p[-1] == '*')) {
        p--;
    }
    for (word = p; word > line && in_name(word[-1]); word--) {
    }
    return p == line || (strncmp(word, "return", 6) == 0 && p - word == 6) ||
           (!in_name(p[-1]) && p[-1] != ')' && p[-1] != ']');
}

/* True if the access is behind the pointer from `p` to `end`: `*p = 1`. */
static bool is_pointed_to(const char *line, const char *p, const char *end)
{
    const char *sign = end + strspn(end, " ");

    sign += *sign != '\0' && strchr("+-*/%|&^", *sign) != NULL;
    return p > line && p[-1] == '*' && is_prefix(line, p - 1) && *sign == '=';
}

/* What a `*` or a `++` before it applies to, at `p`: a name with members, after
 * a cast perhaps; NULL for more than that. */
static const char *operand(const struct judge *j, const char *star,
                           const char *p)
{
    size_t n = 0;

    p += strspn(p, " ");
    if (*p == '(') {
        p += strcspn(p, ")");
        p += *p == ')';
        p += strspn(p, " ");
    }
    while (in_name(p[n]) || p[n] == '.' || strncmp(p + n, "->", 2) == 0) {
        n += p[n] == '-' ? 2 : 1;
    }
    return n > 0 && p[n] != '(' && p[n] != '['
               ? talloc_asprintf(j->ctx, "%s%.*s", star, (int)n, p)
               : NULL;
}

static const char *prefixed(const struct judge *j, const char *p)
{
    if (*p != '*') { /* ++ or -- */
        p += 2;
        p += strspn(p, " ");
    }
    return *p == '*' ? operand(j, "*", p + 1) : operand(j, "", p);
}

/* What a line accesses at a column (from 1), as the source spells it: the
 * expression whose last name is there or that an operator there applies to.
 * NULL if unsure. */
static const char *accessed(const struct judge *j, const char *line, int column)
{
    const char *end, *start;

    if (line == NULL || column < 1 || (size_t)column > strlen(line)) {
        return NULL;
    }
    end = line + column - 1;
    if ((strncmp(end, "++", 2) == 0 || strncmp(end, "--", 2) == 0 ||
         *end == '*') &&
        is_prefix(line, end)) {
        return prefixed(j, end);
    }
    if (in_name(*end)) {
        while (in_name(*end)) {
            end++;
        }
        end += end[strspn(end, " ")] == '(' ? strspn(end, " ") : 0;
    } else {
        while (end > line && strchr(" \t+-*/|&^=", end[-1]) != NULL) {
            end--;
        }
    }
    if (*end == '(') {
        return atomic_argument(j, line, end);
    }
    end = subscript_end(end);
    start = expression_start(line, end);
    while (*start != '\0' && !in_name(*start)) {
        start++;
    }
    if (start >= end || isdigit((unsigned char)*start) ||
        strncmp(start, "return", 6) == 0) {
        return NULL;
    }
    return talloc_asprintf(j->ctx, "%s%.*s",
                           is_pointed_to(line, start, end) ? "*" : "",
                           (int)(end - start), start);
}

const char *ev_accessed(const struct judge *j, long offset)
{
    int column = 0;
    struct frame f = symbol_frame(j->symbols, (uint64_t)offset, &column);

    return accessed(j, ev_raw_line(j, f), column);
}

const char *ev_accessed_in(const struct judge *j, const json_t *pcs)
{
    for (size_t i = 0; i < json_array_size(pcs); i++) {
        int column = 0;
        struct frame f = symbol_frame(
            j->symbols, (uint64_t)json_integer_value(json_array_get(pcs, i)),
            &column);
        if (ev_submitted(j, f.file)) {
            return accessed(j, ev_raw_line(j, f), column);
        }
        if (ev_own(j, f.file)) {
            return NULL; /* the test's own line: not the student's name */
        }
    }
    return NULL;
}
