/* SPDX-License-Identifier: MIT */
/* named.h - what a run has left under names of its own (wrap_named.c). */
#ifndef NAMED_H
#define NAMED_H

/* Removes it. The server, after each run. */
void named_remove(void);

#endif
