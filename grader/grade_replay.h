/* SPDX-License-Identifier: MIT */
/* grade_replay.h - one run of one case, once more.
 *
 * One thread. Everything is allocated on `ctx`. */
#ifndef GRADE_REPLAY_H
#define GRADE_REPLAY_H

#include "build.h"
#include "grade_options.h"
#include "plan.h"
#include "sandbox.h"

/* What to repeat. */
struct encore {
    const struct entry *entry;
    const struct token *token;
    int times;                  /* at least 1 */
    struct grade_events events; /* of which only progress is called */
};

/* Repeat one run: the findings of these runs alone, in `out`, and the raw
 * evidence of the last in *out_raw (JSON, and Valgrind's XML after it).
 * `error` is set on failure. Returns 0 or an errno value. */
int grade_replay(TALLOC_CTX *ctx, struct builder *builder,
                 const struct sandbox *sandbox, const struct encore *encore,
                 struct exercise_result *out, const char **out_raw,
                 const char **error);

/* What a debugger needs to repeat that run: the test binary, built if it was
 * not, and the command for its server (TL_ONCE, runtime/server.c). Returns and
 * sets `error` likewise. */
int grade_replay_by_hand(TALLOC_CTX *ctx, struct builder *builder,
                         const struct sandbox *sandbox,
                         const struct encore *encore, const char **out_binary,
                         const char **out_command, const char **error);

#endif
