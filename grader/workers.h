/* SPDX-License-Identifier: MIT */
/* workers.h - independent pieces of work, a few at a time. */
#ifndef WORKERS_H
#define WORKERS_H

#include <stddef.h>

/* Call work(ctx, i) once for each i below `count`, begun in that order, by
 * `threads` threads of its own (by this one, if none can be had), and return
 * when all of them have returned. `work` is called by several at a time. Any
 * thread. */
void workers_run(int threads, size_t count, void (*work)(void *ctx, size_t i),
                 void *ctx);

#endif
