/* SPDX-License-Identifier: MIT */
/* compile.h - what build.c and program.c share: command lines of the compiler,
 * the keys of the cache, and the builder itself. No other file of the grader
 * includes it. */
#ifndef COMPILE_H
#define COMPILE_H

#include "build.h"

#include <sha256.h>
#include <stdatomic.h>

enum { COMPILE_MS = 120000 }; /* one run of the compiler or the linker */

/* Part of every cache key: another one whenever binaries come to be in another
 * way that the flags do not tell. */
#define COMPILE_METHOD "5"

/* The one name that a submission's globals keep besides those its tests ask
 * for: every object with cleanup handlers has it, and the linker keeps one. */
#define COMPILE_KEEP "DW.ref.__gcc_personality_v0"

struct builder {
    const struct course *course;
    const struct sandbox *sandbox;
    const char *scratch, *cache, *version;
    const char *runtime_key; /* of everything under build/runtime */
    atomic_uint next;        /* numbers scratch folders */
};

/* A command line in the making; v is NULL-terminated. */
struct words {
    char **v;
    size_t n;
};

void words_add(TALLOC_CTX *ctx, struct words *w, const char *word);
void words_add_all(TALLOC_CTX *ctx, struct words *w, const char *const *more);

/* clang with the flags of a flavour, and what it is called. */
struct words compile_command(TALLOC_CTX *ctx, enum flavour flavour);
const char *compile_flavour(enum flavour flavour);

/* The same for linking. */
struct words compile_link_command(TALLOC_CTX *ctx, enum flavour flavour);

/* Arguments by which it finds the kit's own versions of system headers. */
void compile_headers(TALLOC_CTX *ctx, struct words *w, const struct builder *b,
                     enum flavour flavour);

/* The command line by which `command` compiles `source` to `object`, where a
 * flavour that watches accesses has to do more: runtime/locals.sh. */
struct words compile_object(TALLOC_CTX *ctx, const struct builder *b,
                            const struct words *command, enum flavour flavour,
                            const char *source, const char *object);

/* The tool behind such a command line, by name. */
const char *compile_tool(const struct words *w);

/* Arguments for the objcopy that prepares the submission's object. */
void compile_rename(TALLOC_CTX *ctx, struct words *objcopy,
                    enum flavour flavour);

/* The same command line under limits of its own. */
char **compile_limited(TALLOC_CTX *ctx, const struct words *tool);

/* The arguments that link the kit's `runner`: runner-criterion.o for tests, or
 * runner-program.o for a program with a main of its own. */
void compile_link_runtime(TALLOC_CTX *ctx, struct words *w,
                          const struct builder *b, const char *runner);

/* Keys: add to one, then end it. */
void key_text(SHA2_CTX *h, const char *text);
void key_file(SHA2_CTX *h, const char *path);
void key_words(SHA2_CTX *h, const struct words *w);
char *key_end(TALLOC_CTX *ctx, SHA2_CTX *h);

/* True if the cache has it; it then counts as used now. */
bool compile_cached(const char *path);

#endif
