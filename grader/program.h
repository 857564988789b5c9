/* SPDX-License-Identifier: MIT */
/* program.h - a program with a main of its own, outside the course: what
 * `threadlab check` is given.
 *
 * The files are compiled where they are, in the caller's folder and with the
 * caller's rights, as by hand; their global names are made local to the
 * program, so that none can collide with the kit's. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "beyond.h"
#include "build.h"
#include "course.h"

/* A file that code of the program comes from. */
struct own_file {
    const char *name; /* last component: as in places */
    const char *path; /* as the compiler names it */
    char *text;       /* NULL if it cannot be read */
};

struct program {
    /* From the command line; all NULL-terminated. */
    char *const *sources, *const *cflags, *const *ldflags, *const *args;
    const char *input;       /* its standard input; NULL: empty */
    const char *expected;    /* the exit status it must have; NULL: any */
    const char *command;     /* "check bank.c": what was asked for ... */
    const char *words_after; /* ... and "-- 3", behind all options */
    bool strict;             /* advice counts too */

    /* What the grader makes of it: an exercise without tests. */
    struct exercise exercise;

    /* Set by program_read. */
    struct own_file *files; /* sources and headers, the first source first */
    size_t file_count;
    const char *key; /* of all the text there is to compile */

    struct beyond beyond; /* it uses what those misjudge */

    /* Set by the grader: it serves for ever; a run that is cut off is fine. */
    bool endless;
};

/* Fill in `exercise`. Call it once, before anything else. */
void program_init(TALLOC_CTX *ctx, struct program *p);

/* Read the files as the preprocessor does. BUILD_REJECTED with its words in
 * `errors` if it finds an error. One thread, before program_build. */
struct build program_read(TALLOC_CTX *ctx, struct builder *b,
                          struct program *p);

/* Build one flavour (not FLAVOUR_PLAIN). Any thread, several at once. */
struct build program_build(TALLOC_CTX *ctx, struct builder *b,
                           const struct program *p, enum flavour flavour);

#endif
