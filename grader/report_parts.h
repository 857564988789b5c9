/* SPDX-License-Identifier: MIT */
/* report_parts.h - what the pages of the terminal report are put together from.
 *
 * All write to t->out. One thread at a time per stream. */
#ifndef REPORT_PARTS_H
#define REPORT_PARTS_H

#include "term.h"

#include <stddef.h>

/* The program as the student calls it from the root of the kit. */
#define REPORT_PROGRAM "build/threadlab"

enum {
    REPORT_INDENT = 2,
    REPORT_BODY = 4
}; /* a first line; what explains it */

/* "" or "s". */
const char *report_plural(long n);

void report_colored(const struct term *t, enum tint tint, const char *s);

/* Write `piece` two blanks after what is on the line up to `column`, or on the
 * next line at `indent` if it does not fit. Returns the new column. */
int report_piece(const struct term *t, int column, int indent, enum tint tint,
                 const char *piece);

/* Write `text` as a paragraph of the body; the other one with a bold label. */
void report_paragraph(const struct term *t, const char *text);
void report_labelled(const struct term *t, const char *label, const char *text);

/* Write a call of this program to copy: on its own line, never broken. `words`
 * end with NULL; empty ones are left out. */
void report_words(const struct term *t, int indent, const char *const *words);
void report_command(const struct term *t, const char *verb,
                    const char *argument);

/* `command`, with the submission at `path` where that is not in the kit's own
 * folder: in `buf`, if it fits. */
const char *report_with_submission(const char *command, const char *path,
                                   char *buf, size_t size);

#endif
