/* SPDX-License-Identifier: MIT */
/* crew.h - threads that work until there is nothing left to do, or until a
 * signal ends it.
 *
 * Exercise 55: write crew.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here. */
#ifndef CREW_H
#define CREW_H
#include <stdbool.h>
#include <stddef.h>

struct crew; /* opaque: its fields are yours to choose */

/* How things stand. It only goes on, never back. */
enum crew_how {
    CREW_WORK,   /* no signal has been heard */
    CREW_FINISH, /* one has: begin nothing new, end what has been begun */
    CREW_STOP    /* a second has: leave it as it is */
};

/* Run a crew of `workers` threads, and sleep until they have ended.
 *
 * Each thread calls step(c, how, arg) again and again, where how is as things
 * stand when it is called. A step does a piece of work, and returns whether it
 * wants to be called again; if not, or if things stand at CREW_STOP, its thread
 * ends. Steps of different threads run at the same time, and none is cut
 * short: what has been heard meanwhile is for the next step, or for crew_wait.
 *
 * Signals. SIGINT and SIGTERM are what is heard. While crew_run runs, a SIGINT
 * or SIGTERM that is sent to the process neither ends it nor calls a handler,
 * and no step is interrupted by one: steps run with both blocked. Every one
 * that is sent before the last step has returned is heard (two of the same kind
 * that come at once may count as one). Afterwards the caller's signal mask is
 * what it was before, on every way out; no handler is set, or was meanwhile.
 * crew_run may send itself SIGUSR1, which nobody else sends while it runs, and
 * which does not get out either.
 *
 * Returns 0 when all threads have ended, with *out_signal the first signal
 * that was heard, or 0 if there was none; EINVAL if workers is 0; ENOMEM; or
 * the error of pthread_create: then for those threads that were started things
 * stand at CREW_STOP, and they have ended. *out_signal is written only on 0.
 * The caller sees all that the steps did. Threads: one crew at a time. Other
 * threads that run meanwhile have SIGINT and SIGTERM blocked, or they may be
 * the ones who get them. */
int crew_run(size_t workers,
             bool (*step)(struct crew *c, enum crew_how how, void *arg),
             void *arg, int *out_signal);

/* Sleep as long as things stand at `how`, which is not CREW_STOP.
 * Returns how they stand now.
 * Threads: those of the crew, in a step. They may all sleep here at once. */
enum crew_how crew_wait(struct crew *c, enum crew_how how);
#endif
