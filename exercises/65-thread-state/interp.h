/* SPDX-License-Identifier: MIT */
/* interp.h - an interpreter, and the threads that are attached to it.
 *
 * Exercise 65: write interp.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * To an interpreter a thread is one of three things:
 *
 *   a stranger  it has no state there;
 *   away        it has a state, but not the lock: it must not touch what
 *               belongs to the interpreter;
 *   inside      it has a state, and holds the lock. Only one thread is.
 *
 * gil.h is given: the lock. */
#ifndef INTERP_H
#define INTERP_H
#include <stddef.h>

struct interp; /* opaque: its fields are yours to choose */
struct state;  /* opaque, too: a thread has one in each interpreter it is
                * attached to, and it is the same from the first ensure to the
                * last release */

/* What a thread was before a state_ensure. */
enum state_was { WAS_STRANGER, WAS_AWAY, WAS_INSIDE };

/* Make an interpreter. The calling thread is its main thread, and inside.
 * Returns the interpreter, which the main thread ends with interp_finish and
 * interp_destroy; or NULL if there is no memory, or no key for thread-specific
 * data. There may be several at a time, and a thread may be inside of more
 * than one. */
struct interp *interp_create(void);

/* Come inside, whatever the calling thread is: a stranger gets a state and
 * waits for the lock; who is away waits for the lock; who is inside stays.
 * Returns 0, with *out_was written; ESHUTDOWN if the interpreter is finishing
 * before the lock was got; or ENOMEM. If not 0, nothing has changed.
 * Each ensure that returned 0 is followed by one state_release in the same
 * thread; between the two there may be more such pairs, and pairs of
 * state_save and state_restore.
 * Threads: any, also those the interpreter has never heard of. */
int state_ensure(struct interp *in, enum state_was *out_was);

/* Undo the state_ensure that said `was`: the calling thread is then what it
 * was before. If it was a stranger its state is freed.
 * After a state_restore that failed the caller is not inside any more; then
 * releases do the same, but for the lock, which it does not have. */
void state_release(struct interp *in, enum state_was was);

/* Go away: give others the lock, and keep the state. For work that sleeps.
 * Returns the state, for state_restore.
 * Threads: only the one that is inside. */
struct state *state_save(struct interp *in);

/* Come back: take the lock again, with the state that state_save returned.
 * Returns 0, and the caller is inside; or ESHUTDOWN if the interpreter is
 * finishing before the lock was got: the caller stays away, for good.
 * Threads: only one that is away. */
int state_restore(struct interp *in, struct state *s);

/* Which state has the calling thread, if it is inside? Returns NULL to who is
 * away, or a stranger. Threads: any, at any time. */
struct state *state_current(struct interp *in);

/* How many threads have a state, inside or away? The main thread counts until
 * interp_finish has returned; a stranger may count while it waits in
 * state_ensure. Threads: any, at any time. */
size_t interp_threads(struct interp *in);

/* Finish: from now on nobody comes inside. Those who wait for the lock are
 * told, and those who come later are refused: they get ESHUTDOWN. Sleep until
 * every other state is freed, then free the caller's. The interpreter sees all
 * that the other threads did before their last release.
 * Threads: only the main thread, once, inside, with every ensure released. It
 * is a stranger afterwards. */
void interp_finish(struct interp *in);

/* Free an interpreter that is finished. No thread may be inside, or later
 * enter, a call on `in`. */
void interp_destroy(struct interp *in);
#endif
