/* SPDX-License-Identifier: MIT */
/* report_json.h - the result file: JSON, format 1.
 *
 * docs/results.md says what the fields mean, docs/result.schema.json what
 * they look like. Any thread, as long as nobody changes the result. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include "result.h"

/* The result as JSON text, ending in a newline and all in ASCII. Bytes that
 * are not UTF-8 become U+FFFD, numbers have at most 6 decimals, and the total
 * score is 0 as long as the result is not complete. Pure.
 * Returns NULL if there is no memory. The talloc context `ctx` (which may be
 * NULL) owns the text. */
char *report_json_text(const void *ctx, const struct result *result);

/* Write the result to `path`, or to standard output if that is "-". A file
 * changes all at once, by rename: whoever reads it sees the old or the new
 * text, even after a crash. What is there and is no regular file (a pipe, a
 * device, a symbolic link) is written to instead.
 * Returns 0, ENOMEM, or why the file could not be written; then what was
 * there has not changed, unless it was no regular file. */
int report_json_write(const char *path, const struct result *result);

#endif
