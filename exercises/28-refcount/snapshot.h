/* SPDX-License-Identifier: MIT */
/* snapshot.h - texts that many threads share and nobody changes; the last one
 * who lets go of a text frees it.
 *
 * Exercise 28: write snapshot.c, leave this file alone. The comments are the
 * contract; tests check nothing that is not promised here.
 *
 * A *reference* is the right to use a snapshot. Whoever has one gives it back
 * with snapshot_release, once; the snapshot lives as long as there is one. */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H
#include <stddef.h>

struct snapshot; /* opaque: its fields are yours to choose */

/* Make a snapshot with a copy of `text`. When its last reference is released,
 * and before that release returns, finalize(arg) is called, once, in the
 * thread that released it; finalize may be NULL.
 * Returns it with one reference, which is the caller's; or NULL if there is no
 * memory (finalize is not called then). */
struct snapshot *snapshot_create(const char *text, void (*finalize)(void *arg),
                                 void *arg);

/* Take one more reference to `s`. The caller has one, or knows of one that is
 * not given back before this returns.
 * Returns s.
 * Threads: any number, others releasing theirs at the same time. */
struct snapshot *snapshot_acquire(struct snapshot *s);

/* Read the text. It stays where it is and as it is until the caller gives back
 * its reference.
 * Threads: any number that have a reference. */
const char *snapshot_text(const struct snapshot *s);

/* Give back a reference; NULL is nothing to give back. If it is the last one
 * the snapshot is finalized and freed: all that other threads have done with it
 * before they released theirs comes before finalize.
 * finalize is called with no lock held: it may use shelves and snapshots,
 * other than this.
 * Threads: any number. */
void snapshot_release(struct snapshot *s);

/* A place where the snapshot of the day is laid out. */
struct shelf; /* opaque: its fields are yours to choose */

/* Make an empty shelf.
 * Returns it, or NULL if there is no memory. The caller ends it with
 * shelf_destroy. */
struct shelf *shelf_create(void);

/* Lay out `s` instead of what is there now, which loses the shelf's reference.
 * `s` may be NULL: the shelf is empty then.
 * The caller's reference to `s` goes over to the shelf, it is not the caller's
 * any more. Threads: any number. */
void shelf_put(struct shelf *shelf, struct snapshot *s);

/* Get what is there now, with a reference of one's own: it stays good when the
 * shelf has something else meanwhile.
 * Returns it, and the caller is to release it; or NULL if the shelf is empty.
 * Threads: any number. */
struct snapshot *shelf_get(struct shelf *shelf);

/* Give back the reference to what is on the shelf, and free the shelf; others
 * may still have references to what was on it. No thread may be inside, or
 * later enter, a call on this shelf. */
void shelf_destroy(struct shelf *shelf);

#endif
