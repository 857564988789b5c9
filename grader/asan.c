/* SPDX-License-Identifier: MIT */
/* asan.c - see asan.h. A report is a headline, then stacks, each introduced
 * by a line that says whose it is. */
#include "asan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parse {
    TALLOC_CTX *ctx;
    const char *binary;
    struct asan_error *list;
    size_t count;
    struct asan_stack *stack; /* where the next frames go; NULL: nowhere */
};

static struct asan_error *add(struct parse *p, const char *word)
{
    struct asan_error *e;

    p->list = talloc_realloc(p->ctx, p->list, struct asan_error,
                             (unsigned)(p->count + 1));
    e = &p->list[p->count++];
    *e = (struct asan_error){.word = word, .place = ""};
    e->at.thread = e->freed.thread = e->allocated.thread = -1;
    p->stack = &e->at;
    return e;
}

static int thread_of(const char *line)
{
    const char *t = strstr(line, "thread T");

    return t != NULL ? atoi(t + 8) : -1;
}

static void frame(struct parse *p, const char *line)
{
    const char *open = strchr(line, '(');
    const char *plus = open != NULL ? strchr(open, '+') : NULL;
    size_t n = strlen(p->binary);

    if (p->stack == NULL || plus == NULL || p->stack->depth == ASAN_FRAMES ||
        (size_t)(plus - open - 1) != n ||
        strncmp(open + 1, p->binary, n) != 0) {
        return;
    }
    p->stack->pc[p->stack->depth++] = strtoull(plus + 1, NULL, 16);
}

static void headline(struct parse *p, const char *line)
{
    const char *word = strstr(line, "AddressSanitizer: ");
    size_t n;

    if (word == NULL) {
        return; /* LeakSanitizer's own headline: each leak follows */
    }
    word += strlen("AddressSanitizer: ");
    if (strncmp(word, "attempting ", 11) == 0) {
        word += 11;
    }
    n = strcspn(word, " :");
    add(p, talloc_strndup(p->ctx, word, n))->at.thread = thread_of(line);
}

static void leak(struct parse *p, const char *line)
{
    struct asan_error *e = add(p, "leak");
    const char *of = strstr(line, "leak of ");

    e->size = of != NULL ? atol(of + 8) : 0;
    p->stack = &e->allocated;
}

static void access_line(struct parse *p, const char *line, bool write)
{
    struct asan_error *e = &p->list[p->count - 1];
    const char *size = strstr(line, "of size ");

    e->write = write;
    e->size = size != NULL ? atol(size + 8) : 0;
    e->at.thread = thread_of(line);
    p->stack = &e->at;
}

static void whose_stack(struct parse *p, const char *line)
{
    struct asan_error *e = &p->list[p->count - 1];

    if (strncmp(line, "freed by", 8) == 0) {
        p->stack = &e->freed;
    } else if (strstr(line, "allocated by") != NULL) {
        p->stack = &e->allocated;
    } else {
        p->stack = NULL; /* "Thread T1 created by", "Address is located" */
        return;
    }
    p->stack->thread = thread_of(line);
}

static void read_line(struct parse *p, const char *line)
{
    if (strstr(line, "==ERROR: ") != NULL) {
        headline(p, line);
    } else if (strstr(line, "irect leak of ") != NULL) {
        leak(p, line);
    } else if (p->count == 0) {
        return;
    } else if (strncmp(line, "    #", 5) == 0) {
        frame(p, line);
    } else if (strncmp(line, "READ of", 7) == 0 ||
               strncmp(line, "WRITE of", 8) == 0) {
        access_line(p, line, line[0] == 'W');
    } else if (strstr(line, "is located") != NULL) {
        p->list[p->count - 1].place = talloc_strdup(p->ctx, line);
        p->stack = NULL;
    } else if (line[0] != '\0') {
        whose_stack(p, line);
    }
}

size_t asan_parse(TALLOC_CTX *ctx, const char *text, const char *binary,
                  struct asan_error **out)
{
    struct parse p = {.ctx = ctx, .binary = binary};

    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        char *line = talloc_strndup(ctx, text, n);
        read_line(&p, line);
        talloc_free(line);
        text += n + (text[n] == '\n');
    }
    *out = p.list;
    return p.count;
}
