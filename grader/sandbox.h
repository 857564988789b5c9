/* SPDX-License-Identifier: MIT */
/* sandbox.h - what code we do not trust is run in.
 *
 * Theory of operation. The best isolation the machine allows is found once,
 * by trying: bubblewrap with namespaces of its own for processes, network,
 * users and mounts (root file system read-only, a small private /tmp), plus a
 * seccomp filter that every run applies to itself; without bubblewrap, the
 * filter, Landlock (no file is written) and resource limits alone. Grading
 * works in every case, and the reports say which is in force. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "course.h"

#include <stdbool.h>
#include <talloc.h>

struct sandbox;

/* Find out what this machine allows; takes some 20 ms. `allow_bwrap` false
 * skips bubblewrap. Never fails: at worst there are only limits. The result
 * lives on `ctx` and may be used by any thread. */
struct sandbox *sandbox_probe(TALLOC_CTX *ctx, bool allow_bwrap);

/* "bubblewrap + seccomp", "seccomp + limits", ... */
const char *sandbox_name(const struct sandbox *s);
bool sandbox_has_bwrap(const struct sandbox *s);

/* True if runs shall give up writing files by Landlock: nothing else keeps
 * them from it. */
bool sandbox_wants_landlock(const struct sandbox *s);

/* Why bubblewrap is not used, in one line; "" if it is. */
const char *sandbox_reason(const struct sandbox *s);

/* argv for running `argv` isolated. `writable` (or NULL) is a directory it
 * may write to, `readable` (or NULL) one more it may read; both keep their
 * paths. The result lives on `ctx`. */
char **sandbox_argv(TALLOC_CTX *ctx, const struct sandbox *s,
                    const char *writable, const char *readable,
                    char *const *argv);

/* What test runs may do besides, if exercise.yaml allows the call. */
enum sandbox_grant {
    GRANT_FORK = 1,   /* create processes (the runs' own fence, fence.h) */
    GRANT_SOCKET = 2, /* internet sockets: the loopback of a network namespace
                         of their own; without bubblewrap, of the network the
                         grader is in */
};
unsigned sandbox_grants(const struct exercise *e);

/* A seccomp program for fork servers and their runs with these grants, as a
 * file descriptor to read it from, or -1 if there is none. The caller closes
 * it. */
int sandbox_filter(const struct sandbox *s, unsigned grants);

#endif
