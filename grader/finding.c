/* SPDX-License-Identifier: MIT */
/* finding.c - see finding.h. */
#include "finding.h"
#include "kind.h"

#include <string.h>

void findings_append(TALLOC_CTX *ctx, struct findings *out,
                     const struct finding *f)
{
    out->list = talloc_realloc(ctx, out->list, struct finding,
                               (unsigned)(out->count + 1));
    out->list[out->count++] = *f;
}

static bool is_like(const struct finding *a, const struct finding *b)
{
    return a->kind == b->kind && a->line == b->line &&
           strcmp(a->file, b->file) == 0;
}

bool findings_have(const struct findings *list, const struct finding *f)
{
    for (size_t i = 0; i < list->count; i++) {
        if (is_like(&list->list[i], f)) {
            return true;
        }
    }
    return false;
}

void findings_add(TALLOC_CTX *ctx, struct findings *out,
                  const struct finding *f)
{
    for (size_t i = 0; i < out->count; i++) {
        struct finding *old = &out->list[i];
        if (is_like(old, f) && strcmp(old->test, f->test) == 0 &&
            strcmp(old->engine, f->engine) == 0) {
            old->seen++;
            if (old->advisory && !f->advisory) { /* the graver one stays */
                int seen = old->seen;
                *old = *f;
                old->seen = seen;
            }
            return;
        }
    }
    findings_append(ctx, out, f);
}

struct finding finding_at(const struct judge *j, enum kind kind,
                          struct frame at)
{
    return (struct finding){.kind = kind,
                            .engine = j->engine,
                            .test = j->test,
                            .title = kind_meaning(kind),
                            .message = "",
                            .advice = kind_advice(kind),
                            .file = at.file,
                            .line = at.line,
                            .seen = 1,
                            .replay = j->replay};
}

void finding_add_party(const struct judge *j, struct finding *f,
                       const char *name, const char *state, struct stack stack)
{
    f->parties = talloc_realloc(j->ctx, f->parties, struct party,
                                (unsigned)(f->party_count + 1));
    f->parties[f->party_count++] = (struct party){name, state, stack};
}

void finding_add_lock(const struct judge *j, struct finding *f,
                      const char *name, const char *what)
{
    f->locks = talloc_realloc(j->ctx, f->locks, struct lock,
                              (unsigned)(f->lock_count + 1));
    f->locks[f->lock_count++] = (struct lock){name, what};
}
