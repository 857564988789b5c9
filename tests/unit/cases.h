/* SPDX-License-Identifier: MIT */
/* cases.h - the files of tests/runtime built with the kit's runtime, for the
 * tests that need a test binary at work. */
#ifndef CASES_H
#define CASES_H

#include <talloc.h>

/* The path of tests/runtime/NAME.c as a binary for `tool`: "plain", "explore",
 * "asan" or "tsan". Compiled when it is older than what it is made of, a second
 * or two. Fails the test if that does not work. Lives on `ctx`. */
char *cases_build(TALLOC_CTX *ctx, const char *name, const char *tool);

/* The same of tests/runtime/cases.c. */
char *cases_binary(TALLOC_CTX *ctx, const char *tool);

/* Compile and link with clang: `format` and what follows are its arguments.
 * Fails the test if it does not work. */
void cases_clang(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A new folder under /tmp, removed when `ctx` is freed. */
char *cases_folder(TALLOC_CTX *ctx);

/* Write a text file. */
void cases_write(const char *path, const char *text);

#endif
