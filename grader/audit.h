/* SPDX-License-Identifier: MIT */
/* audit.h - what a submission may not contain, found without running it.
 *
 * Three looks: at the source itself (line directives), at the preprocessed
 * source (attributes that blind the engines, inline assembly, foreign
 * includes) and at the compiled object (names that
 * belong to the kit or the C library, code that runs before main, calls the
 * exercise forbids). Pure; any thread. */
#ifndef AUDIT_H
#define AUDIT_H

#include "course.h"

#include <talloc.h>

struct offence {
    const char *what; /* one sentence, ends with a full stop */
    int line;         /* in the submission; 0 if unknown */
};

/* Look through `text`, the output of `clang -E` for the submission whose
 * name in line markers ends in `file`. Files under a prefix of `system`
 * (NULL-terminated) and the names in `own` may be included. Returns the
 * number of offences in *out, allocated on `ctx`. */
size_t audit_source(TALLOC_CTX *ctx, const char *text, const char *file,
                    const char *const *system, const char *const *own,
                    struct offence **out);

/* Look through the submission itself, `length` bytes at `text`, for line
 * directives: with them it could pass its own lines off as another file's.
 * Returns the number of offences in *out, allocated on `ctx`. */
size_t audit_directives(TALLOC_CTX *ctx, const char *text, size_t length,
                        struct offence **out);

/* Look through the object file at `path`. Returns the number of offences, or
 * -1 if it cannot be read. */
int audit_object(TALLOC_CTX *ctx, const char *path, const struct exercise *e,
                 struct offence **out);

#endif
