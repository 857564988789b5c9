/* SPDX-License-Identifier: MIT */
/* progress.h - one status line that overwrites itself, while runs go on.
 *
 * It shows only on a terminal; elsewhere, and with a NULL progress, every
 * call does nothing. Threads: any number, except for create and destroy. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "term.h"

struct progress; /* opaque */

/* Returns a progress that draws on `t` (copied), which the caller gives to
 * progress_destroy; or NULL if there is no memory. */
struct progress *progress_create(const struct term *t);

/* Show "exercise  engine  done/total runs", as soon as nothing is paused. */
void progress_show(struct progress *p, const char *exercise, const char *engine,
                   int done, int total);

/* Take the line away and keep it away until progress_resume: in between, the
 * caller alone writes to the terminal. Pauses do not nest. */
void progress_pause(struct progress *p);
void progress_resume(struct progress *p);

/* Take the line away and free. No thread may be inside, or later enter, a
 * progress call. */
void progress_destroy(struct progress *p);

#endif
