/* SPDX-License-Identifier: MIT */
/* fence.h - what a process that runs student code gives up first, for good.
 *
 * The fork server's children and the workers of the stock runner use it
 * alike. What to give up comes from the grader by the environment:
 *   TL_FILTER    a file or, as a number, a descriptor that holds a seccomp
 *                program (sandbox.c makes it); none if it is not set
 *   TL_FORKS     set if the exercise may create processes
 *   TL_LANDLOCK  set if writing files is to be refused here, because no
 *                mount namespace of bubblewrap's does so */
#ifndef FENCE_H
#define FENCE_H

/* Read the filter, while it can still be read. Once per process. */
void fence_load(void);

/* Give it all up: the calling thread, and all it will start. No signal then
 * reaches another process, and no core is written. Where the machine cannot
 * do a part of this, that part is left out. */
void fence_close(void);

#endif
