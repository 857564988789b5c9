/* SPDX-License-Identifier: MIT */
/* finding.h - findings in the making: what the parts of the judge share.
 *
 * Pure: evidence in, values out; everything is allocated on the context given
 * or the judge's. One thread at a time per list and per `struct judge`. */
#ifndef FINDING_H
#define FINDING_H

#include "judge_context.h"
#include "result.h"

struct findings {
    struct finding *list;
    size_t count;
};

/* Add a copy of `f` to `out`. If an equal one is there, of the same kind, test,
 * place and engine, that one is counted as seen again instead. */
void findings_add(TALLOC_CTX *ctx, struct findings *out,
                  const struct finding *f);

/* True if there is one of the same kind at the same place, of whatever test. */
bool findings_have(const struct findings *list, const struct finding *f);

/* findings_add without a look at what is there. */
void findings_append(TALLOC_CTX *ctx, struct findings *out,
                     const struct finding *f);

/* A finding of the run at hand, with the title and the advice of its kind, and
 * no message yet. */
struct finding finding_at(const struct judge *j, enum kind kind,
                          struct frame at);

/* Add to `f` one thread's part in it; one lock. The strings must live as long
 * as the judge's context. */
void finding_add_party(const struct judge *j, struct finding *f,
                       const char *name, const char *state, struct stack stack);
void finding_add_lock(const struct judge *j, struct finding *f,
                      const char *name, const char *what);

#endif
