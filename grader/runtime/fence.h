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

/* Give up what only an intruder needs: the calling thread, and all it will
 * start, are under the grader's filter from now on. The fork server does this
 * for itself and every child: it takes the kernel about as long as a fork, and
 * each run would pay for it. Once per process, before fence_close, while the
 * filter can still be read. */
void fence_open(void);

/* Give up what the fork server itself needs, too, likewise: no signal then
 * reaches another process, none is made, no core is written and, if asked, no
 * file. Where the machine cannot do a part of this, that part is left out. */
void fence_close(void);

#endif
