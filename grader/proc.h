/* SPDX-License-Identifier: MIT */
/* proc.h - running programs: to the end, or in conversation.
 *
 * Every program starts in a session of its own and is killed with everything
 * in it; nothing started here outlives proc_stop_all(). For what outlives its
 * own parent we have to be a child subreaper (prctl). Built on libuv. */
#ifndef PROC_H
#define PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

struct proc_spec {
    char *const *argv; /* argv[0] is looked up in PATH */
    char *const *env;  /* NULL-terminated; NULL: as ours */
    const char *cwd;   /* NULL: as ours */
    int fd3, fd4;      /* passed on as descriptors 3 and 4; -1: none */
};

struct proc_result {
    int status;     /* exit status, or -1 if ended by a signal */
    int signal;     /* that signal, or 0 */
    bool timed_out; /* we killed it */
    char *output;   /* stdout and stderr, at most 1 MiB, NUL-terminated */
    size_t length;
};

/* Run `spec` to its end, or kill it after `timeout_ms`. `out->output` is
 * allocated on `ctx`. Returns 0, or an errno value if it could not start,
 * or ECANCELED after proc_stop_all. Any thread. */
int proc_run(TALLOC_CTX *ctx, const struct proc_spec *spec, long timeout_ms,
             struct proc_result *out);

struct proc;

/* Start `spec` for a conversation: lines in, lines out. Returns NULL with
 * errno set if it could not start. Close it with proc_close. One thread at a
 * time per process; any thread. */
struct proc *proc_open(TALLOC_CTX *ctx, const struct proc_spec *spec);

/* Send `line` (with its newline) and wait for one line of answer, allocated
 * on `ctx`. Returns 0; EPIPE if the program ended; ETIME after `timeout_ms`;
 * ECANCELED after proc_stop_all. After an error only proc_close makes sense. */
int proc_ask(struct proc *p, TALLOC_CTX *ctx, const char *line, long timeout_ms,
             char **out_answer);

/* What it has written to stderr so far (at most 64 KiB). Owned by `p`. */
const char *proc_errors(const struct proc *p);

/* How it ended, in words, allocated on `ctx`; or that it did not start (NULL),
 * or still runs. */
char *proc_ending(TALLOC_CTX *ctx, const struct proc *p);

/* Kill it if it still runs, reap it, free it. */
void proc_close(struct proc *p);

/* Make every running and future call return ECANCELED, and kill what runs.
 * Async-signal-unsafe; any thread. */
void proc_stop_all(void);
bool proc_stopped(void);

/* Kill and reap what student code may have left behind: processes that were
 * orphaned to us. Call when nothing else runs. */
void proc_sweep(void);

#endif
