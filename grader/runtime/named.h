/* SPDX-License-Identifier: MIT */
/* named.h - what a run may leave behind in the kernel: under names of its own
 * (wrap_named.c), or as System V sets and queues (wrap_sysv.c). */
#ifndef NAMED_H
#define NAMED_H

/* Remove it. The server, after each run. */
void named_remove(void);
void sysv_remove(void);

#endif
