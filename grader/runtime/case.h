/* SPDX-License-Identifier: MIT */
/* case.h - what a run runs. Two files implement it, and a test binary is
 * linked with one of them: criterion.c (the tests of an exercise) and
 * program.c (a program with a main of its own).
 *
 * list and find are for the server, the rest for the child. */
#ifndef CASE_H
#define CASE_H

#include "rt.h"

struct rt_case;

/* The case is a whole program: its main may end by pthread_exit, other threads
 * may outlive main, and what no run of it can show is no fault of it. */
extern const bool rt_case_whole;

/* Calls `each` for every case; `timeout` is in seconds, 0 if none was set. */
void rt_case_list(void (*each)(const char *name, double timeout, void *ctx),
                  void *ctx);

/* The case of that name, or NULL; valid until the next call. */
struct rt_case *rt_case_find(const char *name);

/* Runs the case on the calling thread's behalf, which rt_main_begin has made
 * record 0, and ends the run. */
void rt_case_run(struct rt_case *c) __attribute__((noreturn));

/* The program asks for its end by the call `word`: ends the run well if that
 * is a proper end of the case, and returns if not. Any thread. */
void rt_case_exit(const char *word, int status);

/* The same for a fatal signal. */
void rt_case_signal(int sig);

#endif
