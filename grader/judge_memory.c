/* SPDX-License-Identifier: MIT */
/* judge_memory.c - see judge_memory.h. */
#include "judge_memory.h"
#include "asan.h"
#include "evidence.h"

#include <string.h>

/* AddressSanitizer numbers threads from 0. */
static long asan_thread(const struct judge *j, const struct asan_stack *s)
{
    return s->thread < 0 ? s->thread : s->thread - j->program;
}

static struct stack asan_stack(const struct judge *j,
                               const struct asan_stack *from)
{
    struct stack s = {0};

    for (size_t i = 0; i < from->depth; i++) {
        ev_push(j, &s, from->pc[i]);
    }
    return s;
}

static void judge_leak(const struct judge *j, const struct asan_error *e,
                       struct findings *out)
{
    struct stack s = asan_stack(j, &e->allocated);
    struct frame at = ev_spot(j, &s);
    struct finding f = finding_at(j, KIND_MEMORY_LEAK, at);

    if (s.count == 0) {
        return; /* a library's own */
    }
    f.advisory = j->program;
    f.title = talloc_asprintf(j->ctx, "%s %s never freed", ev_bytes(j, e->size),
                              e->size == 1 ? "was" : "were");
    f.message = talloc_asprintf(
        j->ctx,
        "Memory allocated at %s was still there when the %s ended, and "
        "nothing pointed to it any more, so nobody could have freed it.",
        ev_place(j, at), ev_subject(j));
    finding_add_party(j, &f, "allocated", "here", s);
    findings_add(j->ctx, out, &f);
}

static void memory_party(const struct judge *j, const json_t *run,
                         struct finding *f, const char *verb,
                         const struct asan_stack *from)
{
    struct stack s = asan_stack(j, from);
    long id = asan_thread(j, from);

    if (s.count > 0) {
        finding_add_party(j, f,
                          id >= 0 ? ev_thread_long(j, run, id) : "some thread",
                          talloc_asprintf(j->ctx, "%s at %s", verb,
                                          ev_place(j, ev_spot(j, &s))),
                          s);
    }
}

#define BOUNDS                                                                \
    "Ask how large the index or the length can get, and what was to keep it " \
    "in bounds."

static const struct {
    const char *word, *title, *explain, *advice; /* NULL: the kind's */
} memory_table[] = {
    {"heap-use-after-free", "memory is used after it was freed",
     "The block had been given back with free before this access.", NULL},
    {"double-free", "memory is freed twice",
     "The block had been given back with free already.", NULL},
    {"heap-buffer-overflow", "an access beyond the end of a block",
     "The address lies outside the block that was allocated.", BOUNDS},
    {"stack-use-after-return",
     "a local variable is used after its function has returned",
     "The variable lived on the stack of a call that is over.",
     ADVICE_LIFETIME},
    {"stack-use-after-scope", "a local variable is used outside its block",
     "The variable's block was left before this access.", ADVICE_LIFETIME},
    {"stack-buffer-overflow", "an access beyond a local variable",
     "Not all of these bytes are the variable's. (pthread_join, for one, "
     "stores a whole pointer.)",
     BOUNDS},
    {"stack-buffer-underflow", "an access before a local variable",
     "Not all of these bytes are the variable's.", BOUNDS},
    {"global-buffer-overflow", "an access beyond a global variable",
     "Not all of these bytes are the variable's.", BOUNDS},
    {"free", "free of memory that was not allocated", /* bad-free */
     "The pointer given to free did not come from malloc.", NULL},
    {"", "memory was used wrongly", "AddressSanitizer stopped the program.",
     NULL},
};

static void judge_asan(const struct judge *j, const json_t *run,
                       const struct asan_error *e, struct findings *out)
{
    struct stack s = asan_stack(j, &e->at);
    struct frame at = ev_spot(j, &s);
    struct finding f;
    size_t row = 0;

    if (s.count == 0) {
        struct stack other = asan_stack(j, &e->freed);
        at = ev_spot(j, &other);
    }
    f = finding_at(j, KIND_MEMORY_ERROR, at);
    while (strcmp(memory_table[row].word, "") != 0 &&
           strcmp(memory_table[row].word, e->word) != 0) {
        row++;
    }
    f.title = memory_table[row].title;
    if (memory_table[row].advice != NULL) {
        f.advice = memory_table[row].advice;
    }
    f.message = talloc_asprintf(
        j->ctx, "%s %s at %s. %s",
        e->at.thread >= 0 ? ev_thread(j, asan_thread(j, &e->at)) : "A thread",
        e->size == 0
            ? "did this"
            : talloc_asprintf(j->ctx, "%s %s", e->write ? "writes" : "reads",
                              ev_bytes(j, e->size)),
        ev_place(j, at), memory_table[row].explain);
    memory_party(j, run, &f, e->write ? "writes" : "uses", &e->at);
    memory_party(j, run, &f, "freed it", &e->freed);
    memory_party(j, run, &f, "allocated it", &e->allocated);
    findings_add(j->ctx, out, &f);
}

void judge_memory(const struct judge *j, const json_t *run,
                  struct findings *out)
{
    struct asan_error *list;
    size_t n = asan_parse(j->ctx, str(run, "text"), j->binary, &list);

    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].word, "leak") == 0) {
            judge_leak(j, &list[i], out);
        } else {
            judge_asan(j, run, &list[i], out);
        }
    }
}

bool judge_memory_end(const struct judge *j, const json_t *run, long *thread,
                      const char **what, struct frame *at)
{
    struct asan_error *list;
    size_t n = asan_parse(j->ctx, str(run, "text"), j->binary, &list), i = 0;
    struct stack s;

    while (i < n && strcmp(list[i].word, "leak") == 0) {
        i++;
    }
    if (i == n || list[i].at.thread < 0) {
        return false; /* e.g. a heap that the C library found damaged */
    }
    s = asan_stack(j, &list[i].at);
    *thread = asan_thread(j, &list[i].at);
    *what = list[i].write      ? "writes here"
            : list[i].size > 0 ? "reads here"
                               : "does this";
    *at = ev_spot(j, &s);
    return *thread >= 0 && s.count > 0;
}
