/* SPDX-License-Identifier: MIT */
/* dump.h - what every thread is doing right now, in writing.
 *
 * Exercise 57: write dump.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * There is one list of threads for the whole program. Two signals belong to
 * this file: SIGUSR1 asks for a dump, SIGUSR2 is sent to a thread that is to
 * note down its stack. */
#ifndef DUMP_H
#define DUMP_H

enum { DUMP_NAME = 32, DUMP_FRAMES = 64 };

/* Put the calling thread on the list, under `name`, of which the first
 * DUMP_NAME - 1 bytes are kept; *name is not used afterwards. The caller has
 * SIGUSR2 unblocked, and leaves it so while it is on the list.
 * Returns 0; EEXIST if the thread is on the list already; or ENOMEM. */
int dump_enter(const char *name);

/* Take the calling thread off the list. Every thread that is on it calls this
 * before it ends. If a dump is being made, wait for its end.
 * Returns 0; or ENOENT if it is not on the list. */
int dump_leave(void);

/* Write to `fd` what the threads on the list are doing, the calling one
 * included. For each, in any order, there is a line
 *
 *     thread NAME
 *
 * and below it one line for each function the thread is in, innermost first,
 * as backtrace_symbols_fd writes them, DUMP_FRAMES at most: they hold the
 * return addresses, in hexadecimal. After the last thread comes a line
 *
 *     end of dump
 *
 * The stacks are noted by the threads themselves, in a handler for SIGUSR2.
 * That may interrupt them anywhere, with any lock held, and changes nothing
 * for them, errno included: calls are restarted (SA_RESTART), but for those
 * that any handler ends with EINTR, such as nanosleep and poll. A SIGUSR2 that
 * nobody here has sent does nothing.
 * Returns 0 when all is written; or the error of write (backtrace_symbols_fd
 * reports none).
 * Threads: any number, at any time, on the list or not. Of two dumps one is
 * written after the other, each from the first line to the last. */
int dump_all(int fd);

/* Start a thread that calls dump_all(fd) whenever the process gets a SIGUSR1.
 * All threads that run until dump_unwatch have SIGUSR1 blocked.
 * Returns 0; EALREADY if there is such a thread; or the error of
 * pthread_create: then nothing has changed.
 * Threads: one at a time, dump_unwatch included. */
int dump_watch(int fd);

/* End that thread, after the dump in hand, and join it.
 * Returns 0; or ENOENT if there is none. */
int dump_unwatch(void);
#endif
