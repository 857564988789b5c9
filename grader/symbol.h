/* SPDX-License-Identifier: MIT */
/* symbol.h - addresses in a test binary as the student knows them.
 *
 * Addresses are offsets from the start of the executable's image. Results
 * live on the context given to symbol_open. One thread at a time. */
#ifndef SYMBOL_H
#define SYMBOL_H

#include "result.h"

#include <stdint.h>
#include <talloc.h>

struct symbols;

/* Read the debug information of the executable at `path`. NULL if it cannot
 * be read. */
struct symbols *symbol_open(TALLOC_CTX *ctx, const char *path);

/* Give back the debug information, several megabytes. What was answered stays,
 * and nothing more may be asked. `s` may be NULL. */
void symbol_close(struct symbols *s);

/* Function, file (see symbol_file) and line of a code address; inlined
 * functions count as their caller's line. Unknown parts are "?", "" and 0.
 * `out_column` may be NULL. */
struct frame symbol_frame(struct symbols *s, uint64_t offset, int *out_column);

/* The variable that contains a data address, e.g. "total" or "accounts+16";
 * NULL if unknown. */
const char *symbol_variable(struct symbols *s, uint64_t offset);

/* The size of that variable in bytes; 0 if unknown. */
size_t symbol_variable_size(struct symbols *s, uint64_t offset);

/* What places call the file at `path`: its last component, or "runtime/..." for
 * the kit's own. A part of `path`. Any thread. */
const char *symbol_file(const char *path);

#endif
