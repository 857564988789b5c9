/* SPDX-License-Identifier: MIT */
/* report_story.h - a story as a table: one column per thread, time going
 * down. */
#ifndef REPORT_STORY_H
#define REPORT_STORY_H

#include "result.h"
#include "term.h"

/* Write the table at column `indent`; nothing if the story is empty. Places
 * in the submission are told by their line alone. `end` is the word beside the
 * step that is its end, or below the last one: what it came to. Where the
 * columns do not fit it becomes a list.
 */
void report_story(const struct term *t, const struct story *s, int indent,
                  const char *end);

#endif
