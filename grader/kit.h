/* SPDX-License-Identifier: MIT */
/* kit.h - what every command of the program shares: where the kit is, its
 * course, a scratch folder, isolation, a builder; and Ctrl-C.
 *
 * Used by the main thread only. */
#ifndef KIT_H
#define KIT_H

#include "build.h"
#include "course.h"
#include "grade_options.h"
#include "sandbox.h"

#define KIT_VERSION "0.1.0"

/* Exit statuses of the program. */
enum {
    STATUS_OK = 0,
    STATUS_FAILED = 1, /* some exercise fails */
    STATUS_USAGE = 2,
    STATUS_ENVIRONMENT = 3, /* this machine cannot grade */
    STATUS_FAULT = 4,       /* a fault of the kit */
    STATUS_INTERRUPTED = 130
};

struct kit {
    const char *root;
    struct course *course;
    struct sandbox *sandbox;
    struct builder *builder;
    const char *scratch; /* removed by kit_close; NULL until kit_ready */
};

/* Find the kit and load its course. Prints what is wrong and returns a
 * status other than STATUS_OK on failure. */
int kit_open(TALLOC_CTX *ctx, struct kit *kit);

/* Get ready to build and run: isolation, scratch folder, compiler. Likewise.
 */
int kit_ready(TALLOC_CTX *ctx, struct kit *kit);

void kit_close(struct kit *kit);

/* From now on Ctrl-C and SIGTERM stop what runs (proc_stop_all); a second
 * one ends the program at once. SIGUSR1, SIGUSR2 and SIGALRM do nothing. Before
 * there is a second thread. */
void kit_handle_signals(void);

/* Randomised addresses keep ThreadSanitizer from starting: switch them off
 * for everything started from here. False if that is not allowed. */
bool kit_fix_addresses(void);

/* The exercises named by argv[0..argc), all of them if there are none. Prints
 * a message and returns a status other than STATUS_OK if a word fits none. */
int kit_choose(TALLOC_CTX *ctx, const struct kit *kit, char **argv, int argc,
               const struct exercise ***out, size_t *out_count);

/* What to grade: for every chosen exercise the file of the submission at
 * `path` (a folder of NN-name/file.c, one exercise's folder, or one file;
 * NULL is the kit's own exercises/). Prints a message and returns a status
 * other than STATUS_OK if there is nothing to grade. */
int kit_entries(TALLOC_CTX *ctx, const struct kit *kit, const char *path,
                const struct exercise **chosen, size_t count,
                struct entry **out, size_t *out_count);

/* Versions of the tools, for reports; "" if one is missing. */
const char *kit_tool_version(TALLOC_CTX *ctx, const char *tool);
const char *kit_criterion_version(TALLOC_CTX *ctx);

/* Run the debugger `argv` in the foreground, to its end. Returns an exit
 * status; prints what to do if there is none. */
int kit_debugger(char *const *argv);

/* The commands: each gets its own arguments, argv[0] being its name, and
 * returns an exit status. */
int cmd_grade(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_hint(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_lint(int argc, char **argv);
int cmd_new(int argc, char **argv);

#endif
