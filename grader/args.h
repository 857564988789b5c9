/* SPDX-License-Identifier: MIT */
/* args.h - the values of options, read strictly: what does not fit gets one
 * clear line on stderr and STATUS_USAGE. Main thread only. */
#ifndef ARGS_H
#define ARGS_H

#include "grade_options.h"

/* "threadlab COMMAND: WHAT `VALUE`; see ...". Returns STATUS_USAGE. */
int args_bad(const char *command, const char *what, const char *value);

/* A whole number from `least` to `most`, decimal, octal (0...) or hexadecimal
 * (0x...). Returns STATUS_OK or STATUS_USAGE. */
int args_number(const char *command, const char *text, unsigned long least,
                unsigned long most, unsigned long *out);

/* A profile by its name. Returns STATUS_OK or STATUS_USAGE. */
int args_profile(const char *command, const char *name, enum profile *out);

/* A list of engines: "tsan,helgrind". Returns STATUS_OK or STATUS_USAGE. */
int args_engines(const char *command, const char *list,
                 bool wanted[ENGINE_COUNT]);

/* The options that every grading has: -p, -e, -j and --seed ('S'), with the
 * value in optarg. Returns true if `c` is one of them, and in *out_status
 * STATUS_OK or STATUS_USAGE. */
bool args_grading(const char *command, int c, struct grade_options *o,
                  int *out_status);

/* What a grading does unless told otherwise: standard profile, every engine,
 * seed 1, a job for each processor we may use. */
struct grade_options args_defaults(void);

#endif
