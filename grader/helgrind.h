/* SPDX-License-Identifier: MIT */
/* helgrind.h - data races out of Valgrind's XML. Pure; any thread.
 * Format: Valgrind's docs/internals/xml-output-protocol4.txt. */
#ifndef HELGRIND_H
#define HELGRIND_H

#include "result.h"

#include <talloc.h>

struct helgrind_side {
    int thread; /* Helgrind's number: 1 is the main thread */
    bool write;
    int size;
    struct stack stack;
    const char *locks; /* "none" or Helgrind's own words; "": not said */
};

struct helgrind_race {
    struct helgrind_side now, before; /* before.stack may be empty */
    const char *place; /* Helgrind's words about the address; may be "" */
};

/* Parse the part of an XML log that one run wrote: whole <error> elements,
 * perhaps with closing tags of the document after them. Returns how many
 * races are in *out, allocated on `ctx`; other errors are left out. */
size_t helgrind_parse(TALLOC_CTX *ctx, const char *xml, size_t length,
                      struct helgrind_race **out);

#endif
