/* SPDX-License-Identifier: MIT */
/* fiber.h - controlled runs without kernel threads.
 *
 * Theory of operation. Only one thread of a controlled run runs at a time, so
 * one thread of the kernel's can carry them all, and most of what a schedule
 * costs is to start, wake and end the others. The server starts a few threads
 * in the ordinary way. Each saves where it is and leaves the kernel at once;
 * what stays is all that makes it a thread to the C library: a stack, and the
 * thread-local memory that the register FS leads to. A forked child has copies
 * of these, and to run as one of them is to load its registers.
 *
 * What the kernel knows of a thread (its number, signals, cancellation, the
 * processor's time, calls that sleep) it knows of none of these. A run that
 * comes to need that is unfit: it ends, and the server makes it again with
 * threads of the kernel's. The schedule is the same, only slower.
 *
 * Only for x86-64 that lets programs set FS, and not under a tool that follows
 * threads by itself; elsewhere there are just no fibers. */
#ifndef FIBER_H
#define FIBER_H

#include "rt.h"

/* The server: has `count` ready for the children to come, if that many are
 * allowed, and none otherwise. True if so. */
bool fiber_prepare(int count);

/* The rest is for the child, in a run with `rt->fibers` set. */

/* The thread `t` is one from now on, and waits in `enter(t)` for its first
 * turn; `t->handle` is what pthread_self says there. Ends the run as unfit if
 * there is none left. */
void fiber_begin(struct rt_thread *t, void *(*enter)(void *));

/* `t` has ended, and nobody will ask for it again: a thread that begins later
 * gets its stack and its handle, as with the C library. It may still be running
 * if it does nothing but go on as another. */
void fiber_past(const struct rt_thread *t);

/* Goes on as `to`; returns when somebody goes on as `from`. */
void fiber_switch(struct rt_thread *from, struct rt_thread *to);

/* Goes on as record 0 until fiber_finish: for the process's first thread. */
void fiber_first(void);
void fiber_finish(void) __attribute__((noreturn));

/* Where `t`, which is not running, has stopped: a frame to walk from. */
const void *fiber_frame(const struct rt_thread *t);

/* Ends the run as unfit if it has fibers: what follows needs kernel threads.
 * In any process and any run. */
void fiber_unfit(void);

#endif
