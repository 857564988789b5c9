/* SPDX-License-Identifier: MIT */
/* build.h - a submission and the kit's tests become test binaries, one per
 * flavour, cached by content.
 *
 * The submission's file is compiled beside pristine copies of the contract
 * header, in a scratch folder and in the sandbox; every global name of it
 * that the tests do not ask for is made local, so that helpers of a student
 * cannot collide with anything. */
#ifndef BUILD_H
#define BUILD_H

#include "audit.h"
#include "course.h"
#include "sandbox.h"

enum flavour {
    FLAVOUR_PLAIN,   /* for the stock Criterion runner */
    FLAVOUR_EXPLORE, /* the others: for ours */
    FLAVOUR_ASAN,
    FLAVOUR_TSAN,
    FLAVOUR_HELGRIND,
    FLAVOUR_COUNT
};

struct builder; /* cache folder, scratch folder, compiler version */

/* What became of a build. */
enum build_status {
    BUILD_OK,
    BUILD_REJECTED, /* the submission is at fault: see errors or offences */
    BUILD_FAULT     /* the kit or the machine is: see errors */
};

struct build {
    enum build_status status;
    const char *path;   /* BUILD_OK: the test binary */
    const char *errors; /* compiler output, or what went wrong */
    struct offence *offences;
    size_t offence_count;
    bool cached; /* nothing had to be compiled */
};

/* Where things are built. The cache is THREADLAB_CACHE, or build/cache in
 * the kit if that can be written, or a folder under `scratch`. NULL with
 * *out_error set if there is no compiler. Any thread may use the result. */
struct builder *builder_open(TALLOC_CTX *ctx, const struct course *course,
                             const struct sandbox *sandbox, const char *scratch,
                             const char **out_error);

/* Compile and audit the submission's file without running anything. The
 * status says whether it may be built at all. */
struct build build_check(TALLOC_CTX *ctx, struct builder *b,
                         const struct exercise *e, const char *submission);

/* Build one flavour. Call build_check first. Any thread, several at once. */
struct build build_flavour(TALLOC_CTX *ctx, struct builder *b,
                           const struct exercise *e, const char *submission,
                           enum flavour flavour);

/* Compile with the house's warnings as errors (for lint). Empty string if
 * there are none, else the compiler's words. */
const char *build_warnings(TALLOC_CTX *ctx, struct builder *b,
                           const struct exercise *e, const char *submission);

const char *builder_compiler(const struct builder *b); /* "clang 14.0.6" */

#endif
